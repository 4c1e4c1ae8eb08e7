/* server_program: runs ahoyd's commands in a child process of the test and keeps what they print and how they end.
 * Files live in a directory of the test's own, which is the child's working directory. */
#ifndef AHOY_SERVER_PROGRAM_H
#define AHOY_SERVER_PROGRAM_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/commands.h"
#include "test.h"

#define MAX_ARGS 24

static char program_directory[128];

typedef struct {
	int status; /* the exit code; -1: killed by a signal */
	char out[65536], err[65536];
} program_result;

static void read_file(const char *name, char *text, size_t cap)
{
	char path[300];
	FILE *file;
	size_t len = 0;

	snprintf(path, sizeof path, "%s/%s", program_directory, name);
	file = fopen(path, "r");
	if (file) {
		len = fread(text, 1, cap - 1, file);
		fclose(file);
	}
	text[len] = '\0';
}

static void write_file(const char *name, const char *text)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", program_directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fputs(text, file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
}

static bool file_exists(const char *name)
{
	char path[300];

	snprintf(path, sizeof path, "%s/%s", program_directory, name);
	return access(path, F_OK) == 0;
}

static void redirect(const char *name, int flags, int fd)
{
	int file = open(name, flags, 0600);

	if (file < 0 || dup2(file, fd) < 0)
		_exit(99);
	close(file);
}

/* Starts `ahoyd ARGS` (words between blanks); its output goes to the files out and err. */
static pid_t program_start(const char *args, const char *input)
{
	char words[1024], *argv[MAX_ARGS] = {NULL};
	int argc = 0;
	pid_t child;

	snprintf(words, sizeof words, "ahoyd %s", args);
	for (char *word = strtok(words, " "); word && argc < MAX_ARGS - 1; word = strtok(NULL, " "))
		argv[argc++] = word;
	write_file("in", input ? input : "");
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int status;

		if (chdir(program_directory) != 0)
			_exit(99);
		redirect("in", O_RDONLY, 0);
		redirect("out", O_WRONLY | O_CREAT | O_TRUNC, 1);
		redirect("err", O_WRONLY | O_CREAT | O_TRUNC, 2);
		status = ahoy_server_main(argc, argv);
		exit(status); /* and not _exit: a leak is to be seen */
	}
	return child;
}

static program_result *program_end(pid_t child)
{
	static program_result result;
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	read_file("out", result.out, sizeof result.out);
	read_file("err", result.err, sizeof result.err);
	return &result;
}

static program_result *program_run(const char *args, const char *input)
{
	return program_end(program_start(args, input));
}

static int program_set_up(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(program_directory, sizeof program_directory, "%s/ahoyd_test.XXXXXX", base ? base : "/tmp");
	return mkdtemp(program_directory) ? 0 : -1;
}

static int program_tear_down(void **state)
{
	DIR *directory = opendir(program_directory);
	struct dirent *entry;

	(void)state;
	while (directory && (entry = readdir(directory)) != NULL) {
		char path[600];

		snprintf(path, sizeof path, "%s/%s", program_directory, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (directory)
		closedir(directory);
	return rmdir(program_directory);
}

#endif

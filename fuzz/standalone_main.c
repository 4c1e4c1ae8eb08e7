/* standalone_main: runs a fuzz target over files instead of libFuzzer: every argument, and every file below
 * where it is a directory. Each input is a heap block of exactly its size, so that a sanitizer sees the first
 * byte read past it. No file at all is an error: an empty corpus proves nothing. */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

#define LONGEST_INPUT (1L << 24)
#define DEEPEST 8

static size_t files_run;

static int run_file(const char *path, long size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc((size_t)size);
	size_t got;

	if (!file || (!data && size)) {
		perror(path);
		if (file)
			fclose(file);
		free(data);
		return 1;
	}
	got = size ? fread(data, 1, (size_t)size, file) : 0;
	fclose(file);
	if (got != (size_t)size) {
		fprintf(stderr, "%s: short read\n", path);
		free(data);
		return 1;
	}
	LLVMFuzzerTestOneInput(data, got);
	free(data);
	files_run++;
	return 0;
}

static int run_path(const char *path, int depth)
{
	struct stat st;
	struct dirent **entries;
	int count, failed = 0;

	if (depth > DEEPEST || stat(path, &st)) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return 1;
	}
	if (S_ISREG(st.st_mode)) {
		if (st.st_size <= LONGEST_INPUT)
			return run_file(path, (long)st.st_size);
		fprintf(stderr, "%s: too long\n", path);
		return 1;
	}
	count = scandir(path, &entries, NULL, alphasort);
	if (count < 0) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		char child[4096];

		if (entries[i]->d_name[0] != '.') {
			int len = snprintf(child, sizeof child, "%s/%s", path, entries[i]->d_name);

			failed |= len < 0 || (size_t)len >= sizeof child || run_path(child, depth + 1);
		}
		free(entries[i]);
	}
	free(entries);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		failed |= run_path(argv[i], 0);
	printf("%zu inputs\n", files_run);
	if (!files_run)
		fprintf(stderr, "no input: give files or a directory\n");
	return failed || !files_run;
}

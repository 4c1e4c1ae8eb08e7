#include "load_cpu.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static double from_stat(pid_t pid)
{
	char path[64], text[1024];
	unsigned long user, system;
	const char *behind_name;
	size_t len;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return -1;
	len = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[len] = '\0';
	behind_name = strrchr(text, ')'); /* the name may hold blanks and brackets */
	if (!behind_name || sscanf(behind_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		return -1;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

double load_cpu_s(pid_t pid)
{
	unsigned long long total_ns = 0, on_cpu_ns;
	char path[320];
	struct dirent *entry;
	DIR *tasks;

	if (pid == 0)
		pid = getpid();
	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	if (!tasks)
		return -1;
	while ((entry = readdir(tasks))) {
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fscanf(file, "%llu", &on_cpu_ns) == 1)
			total_ns += on_cpu_ns;
		fclose(file);
	}
	closedir(tasks);
	return total_ns ? (double)total_ns / 1e9 : from_stat(pid);
}

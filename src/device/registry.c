#include "device/registry.h"

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device/builtin.h"

#define PREFIX "ahoy-"
#define SUFFIX ".so"
/* Folders that are looked into; further ones of $AHOY_DRIVER_PATH are not. */
#define MAX_FOLDERS 16

static const ahoy_device_driver *const builtin[] = {&ahoy_device_null, &ahoy_device_tone};
enum {
	BUILTIN = sizeof builtin / sizeof *builtin
};

typedef struct {
	char text[4 * PATH_MAX];
	const char *folder[MAX_FOLDERS];
	size_t count;
} folders;

static bool is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') || (name[i] == '-' && i > 0)))
			return false;
	return len > 0 && len < AHOY_DRIVER_NAME;
}

int ahoy_driver_split(const char *spec, char *name, const char **device)
{
	size_t len = strcspn(spec, ":");

	if (!is_name(spec, len))
		return AHOY_EINVAL;
	memcpy(name, spec, len);
	name[len] = '\0';
	*device = spec[len] == ':' && spec[len + 1] ? spec + len + 1 : NULL;
	return 0;
}

/* The program's own folder, without a slash at its end; false where the system does not say. */
static bool program_folder(char *out, size_t cap)
{
	ssize_t len = readlink("/proc/self/exe", out, cap - 1);
	char *slash;

	if (len <= 0)
		return false;
	out[len] = '\0';
	slash = strrchr(out, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

static void find_folders(folders *f)
{
	const char *path = getenv("AHOY_DRIVER_PATH");
	char own[PATH_MAX];

	f->count = 0;
	if (path && *path) {
		snprintf(f->text, sizeof f->text, "%s", path);
	} else if (program_folder(own, sizeof own)) {
		/* The second one is relative, so that an installed tree may be moved as a whole. */
		if (AHOY_DRIVER_FOLDER[0] == '/')
			snprintf(f->text, sizeof f->text, "%s:%s", own, AHOY_DRIVER_FOLDER);
		else
			snprintf(f->text, sizeof f->text, "%s:%s/../%s", own, own, AHOY_DRIVER_FOLDER);
	} else {
		return;
	}
	for (char *next = f->text, *one; (one = strsep(&next, ":")) != NULL && f->count < MAX_FOLDERS;)
		if (*one)
			f->folder[f->count++] = one;
}

static int load(const char *path, const char *name, const ahoy_device_driver **out, ahoy_buf *why)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const ahoy_device_driver *driver = handle ? dlsym(handle, AHOY_DEVICE_SYMBOL) : NULL;

	if (!handle) {
		ahoy_buf_fmt(why, "the sound driver %s cannot be loaded: %s; install what is missing, or choose another with --sound",
			     name, dlerror());
		return AHOY_EIO;
	}
	if (!driver) {
		ahoy_buf_fmt(why, "%s is no sound driver: it has no %s", path, AHOY_DEVICE_SYMBOL);
		return AHOY_EIO;
	}
	if (driver->abi != AHOY_DEVICE_ABI) {
		ahoy_buf_fmt(why, "%s was built for version %u of the driver interface, this is version %u: build it anew", path,
			     driver->abi, AHOY_DEVICE_ABI);
		return AHOY_EVERSION;
	}
	*out = driver;
	return 0;
}

int ahoy_driver_find(const char *name, const ahoy_device_driver **out, ahoy_buf *why)
{
	char path[5 * PATH_MAX];
	folders f;

	for (size_t i = 0; i < BUILTIN; i++)
		if (strcmp(name, builtin[i]->name) == 0) {
			*out = builtin[i];
			return 0;
		}
	find_folders(&f);
	for (size_t i = 0; is_name(name, strlen(name)) && i < f.count; i++) {
		snprintf(path, sizeof path, "%s/" PREFIX "%s" SUFFIX, f.folder[i], name);
		if (access(path, F_OK) == 0)
			return load(path, name, out, why);
	}
	ahoy_buf_fmt(why, "there is no sound driver %s; `ahoy devices` lists those there are", name);
	return AHOY_ENOTFOUND;
}

static bool has_name(char names[][AHOY_DRIVER_NAME], size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* "ahoy-pulse.so" adds "pulse". */
static size_t add_file(char names[][AHOY_DRIVER_NAME], size_t count, const char *file)
{
	size_t len = strlen(file), extra = strlen(PREFIX SUFFIX);
	char name[AHOY_DRIVER_NAME] = "";

	if (count == AHOY_DRIVER_MAX || len <= extra || len - extra >= sizeof name || strncmp(file, PREFIX, strlen(PREFIX)) != 0 ||
	    strcmp(file + len - strlen(SUFFIX), SUFFIX) != 0)
		return count;
	memcpy(name, file + strlen(PREFIX), len - extra);
	name[len - extra] = '\0';
	if (!is_name(name, len - extra) || has_name(names, count, name))
		return count;
	memcpy(names[count], name, sizeof name);
	return count + 1;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

size_t ahoy_driver_names(char names[AHOY_DRIVER_MAX][AHOY_DRIVER_NAME])
{
	size_t count = 0;
	folders f;

	for (; count < BUILTIN; count++)
		snprintf(names[count], AHOY_DRIVER_NAME, "%s", builtin[count]->name);
	find_folders(&f);
	for (size_t i = 0; i < f.count; i++) {
		DIR *dir = opendir(f.folder[i]);

		for (const struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
			count = add_file(names, count, entry->d_name);
		if (dir)
			closedir(dir);
	}
	qsort(names + BUILTIN, count - BUILTIN, sizeof names[0], compare);
	return count;
}

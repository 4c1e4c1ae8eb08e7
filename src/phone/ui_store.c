#include "phone/ui_store.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"

enum {
	PATH = 1200,
	LINE = 4096
};

static const char calls_log[] = "calls.log", dial_history[] = "dial_history";

/* mkdir -p; the XDG base directory specification asks for 0700. */
static int make_folder(char *path)
{
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return AHOY_EIO;
		*p = '/';
	}
	return mkdir(path, 0700) && errno != EEXIST ? AHOY_EIO : 0;
}

int ahoy_ui_store_open(ahoy_ui_store *s, ahoy_buf *why)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	ahoy_buf b = ahoy_buf_over(s->folder, sizeof s->folder);

	/* The specification: a relative path is invalid, and ignored. */
	if (state && state[0] == '/')
		ahoy_buf_fmt(&b, "%s/ahoy", state);
	else if (home && home[0] == '/')
		ahoy_buf_fmt(&b, "%s/.local/state/ahoy", home);
	if (b.full || !b.len || b.len == b.cap || make_folder((char *)(uintptr_t)ahoy_buf_cstr(&b)) || access(s->folder, W_OK)) {
		ahoy_buf_fmt(why, "calls and numbers are not kept: no folder to write to; set XDG_STATE_HOME or HOME");
		s->folder[0] = '\0';
		return AHOY_EIO;
	}
	return 0;
}

static FILE *open_file(const ahoy_ui_store *s, const char *name, int flags, const char *mode)
{
	char path[2 * PATH];
	int fd;

	if (!s->folder[0])
		return NULL;
	snprintf(path, sizeof path, "%s/%s", s->folder, name);
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? NULL : fdopen(fd, mode);
}

/* A new file beside the old one, then in its place: nobody sees half of it. */
static int replace(const ahoy_ui_store *s, const char *name, FILE *file, int err)
{
	char from[PATH + 8], to[PATH];

	if (ferror(file))
		err = AHOY_EIO;
	if (fclose(file))
		err = AHOY_EIO;
	snprintf(to, sizeof to, "%s/%s", s->folder, name);
	snprintf(from, sizeof from, "%s.new", to);
	if (!err && rename(from, to))
		err = AHOY_EIO;
	if (err)
		unlink(from);
	return err;
}

static FILE *open_new(const ahoy_ui_store *s, const char *name)
{
	char path[PATH];

	snprintf(path, sizeof path, "%s.new", name);
	return open_file(s, path, O_WRONLY | O_CREAT | O_TRUNC, "w");
}

int ahoy_ui_store_save_history(const ahoy_ui_store *s, const ahoy_ui_history *h)
{
	FILE *file = open_new(s, dial_history);

	if (!file)
		return s->folder[0] ? AHOY_EIO : 0;
	for (size_t i = 0; i < h->count; i++)
		fprintf(file, "%s\n", h->lines[i]);
	return replace(s, dial_history, file, 0);
}

/* ---- calls.log ---- */

void ahoy_ui_put_record(ahoy_buf *b, const ahoy_ui_record *r)
{
	ahoy_buf_fmt(b, "%s %s", r->is_caller ? "to" : "from", r->peer);
	if (r->answered)
		ahoy_buf_fmt(b, ", %llu s", (unsigned long long)r->duration_s);
	else
		ahoy_buf_str(b, r->is_caller ? ", not answered" : ", missed");
	if (r->code)
		ahoy_buf_fmt(b, ", %d", r->code);
	if (r->reason[0])
		ahoy_buf_fmt(b, "%s %s", r->code ? "" : ",", r->reason);
	if (r->answered && r->codec[0])
		ahoy_buf_fmt(b, ", %s", r->codec);
	if (r->packets)
		ahoy_buf_fmt(b, ", %llu of %llu packets lost, MOS %.1f", (unsigned long long)r->lost,
			     (unsigned long long)(r->packets + r->lost), r->mos);
}

static char *json_of(const ahoy_ui_record *r)
{
	char when[AHOY_CLOCK_TEXT];
	json_t *o;
	char *text;

	ahoy_clock_text(r->began_utc_ms, when);
	o = json_pack("{s:s, s:s, s:s, s:s, s:b, s:I}", "time", when, "direction", r->is_caller ? "out" : "in", "account", r->account,
		      "peer", r->peer, "answered", r->answered, "duration_s", (json_int_t)r->duration_s);
	if (o && r->code)
		json_object_set_new(o, "code", json_integer(r->code));
	if (o && r->reason[0])
		json_object_set_new(o, "reason", json_string(r->reason));
	if (o && r->codec[0])
		json_object_set_new(o, "codec", json_string(r->codec));
	if (o && r->packets) {
		json_object_set_new(o, "packets", json_integer((json_int_t)r->packets));
		json_object_set_new(o, "lost", json_integer((json_int_t)r->lost));
		json_object_set_new(o, "mos", json_real(r->mos));
	}
	text = o ? json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(3)) : NULL;
	json_decref(o);
	return text;
}

/* The newer half stays. */
static int shorten(const ahoy_ui_store *s)
{
	FILE *old = open_file(s, calls_log, O_RDONLY, "r"), *new;
	char line[LINE];
	int err = 0;

	if (!old)
		return AHOY_EIO;
	new = open_new(s, calls_log);
	if (!new) {
		fclose(old);
		return AHOY_EIO;
	}
	/* The line that the middle cuts in two goes too. */
	if (fseek(old, -AHOY_UI_CALLS_LOG / 2, SEEK_END) || !fgets(line, sizeof line, old))
		err = AHOY_EIO;
	while (!err && fgets(line, sizeof line, old))
		fputs(line, new);
	fclose(old);
	return replace(s, calls_log, new, err);
}

int ahoy_ui_store_add_call(const ahoy_ui_store *s, const ahoy_ui_record *r)
{
	FILE *file;
	char *text;
	long size;
	int err;

	if (!s->folder[0])
		return 0;
	text = json_of(r);
	if (!text)
		return AHOY_ENOMEM;
	file = open_file(s, calls_log, O_WRONLY | O_CREAT | O_APPEND, "a");
	if (!file) {
		free(text);
		return AHOY_EIO;
	}
	fprintf(file, "%s\n", text);
	free(text);
	size = ftell(file);
	err = ferror(file) ? AHOY_EIO : 0;
	if (fclose(file))
		err = AHOY_EIO;
	return err || size <= AHOY_UI_CALLS_LOG ? err : shorten(s);
}

/* ---- what is there ---- */

/* The file is the user's own, but what is shown is safe all the same. */
static bool is_clean(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static void take_line(ahoy_ui_model *m, const char *line)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *when = NULL, *direction = NULL, *peer = NULL, *reason = "", *codec = "";
	char text[AHOY_UI_LOG_TEXT], stamp[9] = "";
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	json_int_t duration = 0, packets = 0, lost = 0;
	int answered = 0, code = 0;
	double mos = 0;

	if (o && !json_unpack(o, "{s:s, s:s, s:s, s:b, s:I, s?i, s?s, s?s, s?I, s?I, s?F}", "time", &when, "direction", &direction,
			      "peer", &peer, "answered", &answered, "duration_s", &duration, "code", &code, "reason", &reason,
			      "codec", &codec, "packets", &packets, "lost", &lost, "mos", &mos)) {
		/* Of the time the day alone is shown. */
		snprintf(stamp, sizeof stamp, "%.5s", strlen(when) > 10 ? when + 5 : "");
		ahoy_ui_put_record(&b, &(ahoy_ui_record){
					       .is_caller = strcmp(direction, "out") == 0,
					       .answered = answered != 0,
					       .peer = peer,
					       .duration_s = (uint64_t)duration,
					       .code = code,
					       .reason = reason,
					       .codec = codec,
					       .packets = (uint64_t)packets,
					       .lost = (uint64_t)lost,
					       .mos = mos,
				       });
		if (is_clean(peer) && is_clean(reason) && is_clean(codec) && is_clean(stamp))
			ahoy_ui_log_add(&m->past, stamp, ahoy_buf_slice(&b));
	}
	json_decref(o);
}

void ahoy_ui_store_load(const ahoy_ui_store *s, ahoy_ui_model *m)
{
	FILE *file = open_file(s, dial_history, O_RDONLY, "r");
	char line[LINE];

	while (file && fgets(line, sizeof line, file))
		ahoy_ui_history_add(&m->history, ahoy_slice_trim(ahoy_slice_of(line)));
	if (file)
		fclose(file);
	file = open_file(s, calls_log, O_RDONLY, "r");
	while (file && fgets(line, sizeof line, file))
		take_line(m, line);
	if (file)
		fclose(file);
}

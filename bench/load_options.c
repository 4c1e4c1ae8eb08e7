#include "load_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
	"Usage: load MODE --server ADDR:PORT [OPTION]...\n"
	"  register   phones register in a closed loop: first each once, then rounds (or --count) of refreshes\n"
	"  calls      whole calls in a closed loop, callers and callees being registered first\n"
	"  hold       --users calls are set up and held until a line comes on standard input\n"
	"  media      the same, then rounds of RTP through them\n"
	"  echo       datagrams of the given --sizes to a bare echo (floor echo), rounds\n"
	"  relay      RTP through a bare relay (floor relay) from --base-port on, rounds\n"
	"One JSON object a line on standard output.\n"
	"  --pid PID          measure this process's processor time in each round\n"
	"  --users N          phones (of each side)                                  1000\n"
	"  --window N         operations, or packets, on their way at a time           64\n"
	"  --rounds N         5        --seconds S    of a round                        1\n"
	"  --count N          so many operations instead of rounds\n"
	"  --challenged       without credentials first, each time; else with the nonce that the phone holds\n"
	"  --ringing          180 before 200\n"
	"  --packets N        RTP packets each way in each call of `calls`              0\n"
	"  --leave N          calls: every so manieth stays up\n"
	"  --journal FILE     what the server acknowledged; the run ends with 3 when the server goes away\n"
	"  --rate HZ          packets a second and stream; without: closed loop\n"
	"  --algorithm NAME   MD5 or SHA-256                                          MD5\n"
	"  --password TEXT    of all numbers                                           pw\n"
	"  --callers PREFIX   the numbers are PREFIX0, PREFIX1, ...       a   --callees PREFIX   b\n"
	"  --expires S        3600     --keep         do not unregister at the end\n"
	"  --local ADDR[:P]   where the phones are; ports P, P+1 (SIP), P+2, P+4 (RTP)\n"
	"  --sizes R:A,...    echo: bytes of request and answer; an answer of 0 is none\n"
	"  --log-sizes        one line for each SIP datagram of the operations\n";

enum {
	OPT_SERVER = 256,
	OPT_PID,
	OPT_USERS,
	OPT_WINDOW,
	OPT_ROUNDS,
	OPT_SECONDS,
	OPT_COUNT,
	OPT_CHALLENGED,
	OPT_RINGING,
	OPT_PACKETS,
	OPT_RATE,
	OPT_ALGORITHM,
	OPT_PASSWORD,
	OPT_CALLERS,
	OPT_CALLEES,
	OPT_EXPIRES,
	OPT_KEEP,
	OPT_LOCAL,
	OPT_SIZES,
	OPT_LOG_SIZES,
	OPT_BASE_PORT,
	OPT_LEAVE,
	OPT_JOURNAL,
	OPT_HELP
};

static const struct option table[] = {
	{"server", 1, NULL, OPT_SERVER},
	{"pid", 1, NULL, OPT_PID},
	{"users", 1, NULL, OPT_USERS},
	{"window", 1, NULL, OPT_WINDOW},
	{"rounds", 1, NULL, OPT_ROUNDS},
	{"seconds", 1, NULL, OPT_SECONDS},
	{"count", 1, NULL, OPT_COUNT},
	{"challenged", 0, NULL, OPT_CHALLENGED},
	{"ringing", 0, NULL, OPT_RINGING},
	{"packets", 1, NULL, OPT_PACKETS},
	{"rate", 1, NULL, OPT_RATE},
	{"algorithm", 1, NULL, OPT_ALGORITHM},
	{"password", 1, NULL, OPT_PASSWORD},
	{"callers", 1, NULL, OPT_CALLERS},
	{"callees", 1, NULL, OPT_CALLEES},
	{"expires", 1, NULL, OPT_EXPIRES},
	{"keep", 0, NULL, OPT_KEEP},
	{"local", 1, NULL, OPT_LOCAL},
	{"sizes", 1, NULL, OPT_SIZES},
	{"log-sizes", 0, NULL, OPT_LOG_SIZES},
	{"base-port", 1, NULL, OPT_BASE_PORT},
	{"leave", 1, NULL, OPT_LEAVE},
	{"journal", 1, NULL, OPT_JOURNAL},
	{"help", 0, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static bool number(const char *text, uint64_t max, uint64_t *out)
{
	return ahoy_slice_u64(ahoy_slice_of(text), max, out) == 0;
}

static bool take_number(load_options *o, int option, const char *text)
{
	uint64_t n = 0;
	double seconds;

	if (option == OPT_SECONDS) {
		seconds = strtod(text, NULL);
		o->seconds_ms = (unsigned)(seconds * 1000);
		return seconds >= 0.01 && seconds < 3600;
	}
	if (!number(text, option == OPT_COUNT ? UINT32_MAX : 10000000, &n))
		return false;
	switch (option) {
	case OPT_PID:
		o->pid = (pid_t)n;
		break;
	case OPT_USERS:
		o->users = n;
		break;
	case OPT_WINDOW:
		o->window = n;
		break;
	case OPT_ROUNDS:
		o->rounds = (unsigned)n;
		break;
	case OPT_COUNT:
		o->count = n;
		break;
	case OPT_PACKETS:
		o->packets = (unsigned)n;
		break;
	case OPT_RATE:
		o->rate_hz = (unsigned)n;
		break;
	case OPT_LEAVE:
		o->leave = (unsigned)n;
		break;
	case OPT_EXPIRES:
		o->expires_s = (unsigned)n;
		break;
	case OPT_BASE_PORT:
		o->base_port = (uint16_t)n;
		return n > 0 && n < 65536;
	default:
		return false;
	}
	return true;
}

static bool take(load_options *o, int option, const char *text)
{
	switch (option) {
	case OPT_SERVER:
		return !ahoy_addr_parse(ahoy_slice_of(text), &o->server) && o->server.port;
	case OPT_LOCAL:
		return !ahoy_addr_parse(ahoy_slice_of(text), &o->local);
	case OPT_CHALLENGED:
		return o->challenged = true;
	case OPT_RINGING:
		return o->ringing = true;
	case OPT_KEEP:
		return o->keep = true;
	case OPT_LOG_SIZES:
		return o->log_sizes = true;
	case OPT_ALGORITHM:
		o->algorithm = ahoy_digest_algorithm_of(ahoy_slice_of(text));
		return o->algorithm == AHOY_DIGEST_MD5 || o->algorithm == AHOY_DIGEST_SHA256;
	case OPT_PASSWORD:
		o->password = text;
		return true;
	case OPT_CALLERS:
		o->callers = text;
		return strlen(text) < 12;
	case OPT_CALLEES:
		o->callees = text;
		return strlen(text) < 12;
	case OPT_SIZES:
		o->sizes = text;
		return true;
	case OPT_JOURNAL:
		o->journal = text;
		return true;
	default:
		return take_number(o, option, text);
	}
}

bool load_options_parse(int argc, char **argv, load_options *out)
{
	static const char *const modes[] = {"register", "calls", "hold", "media", "echo", "relay"};
	int option, index = 0, mode = -1;

	*out = (load_options){.users = 1000, .window = 64, .rounds = 5, .seconds_ms = 1000, .expires_s = 3600};
	out->password = "pw";
	out->callers = "a";
	out->callees = "b";
	(void)ahoy_addr_parse(AHOY_S("127.0.0.1"), &out->local);
	for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof modes[0]; i++)
		if (strcmp(argv[1], modes[i]) == 0)
			mode = (int)i;
	if (mode < 0) {
		fputs(usage, stderr);
		return false;
	}
	out->mode = (load_mode)mode;
	while ((option = getopt_long(argc - 1, argv + 1, "", table, &index)) != -1) {
		if (option == OPT_HELP || option == '?' || !take(out, option, optarg)) {
			if (option >= 256 && option != OPT_HELP)
				fprintf(stderr, "load: --%s cannot be %s\n", table[index].name, optarg ? optarg : "given here");
			else
				fputs(usage, stderr);
			return false;
		}
	}
	if (out->server.port == 0 || out->users == 0 || out->window == 0 || out->rounds == 0) {
		fputs("load: --server is missing, or --users, --window or --rounds is 0\n", stderr);
		return false;
	}
	return true;
}

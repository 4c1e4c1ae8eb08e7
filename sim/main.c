/* ahoy-sim: the server and its phones in a virtual world (docs/simulator.md). The same options give the same bytes on the wire. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/report.h"

static const char usage[] =
	"usage: ahoy-sim [--seed N] [--calls N] [--round N] [--loss %] [--dup %] [--reorder %] [--delay MS] [--kills %] [--ports N]\n"
	"                [--calm] [--trace CALL] [--verbose] [--quiet]\n"
	"  --seed N      the world's chance; the same seed gives the same bytes (1)\n"
	"  --calls N     call attempts in all (200)\n"
	"  --round N     call attempts between two silences in which nothing may be left (100)\n"
	"  --loss, --dup, --reorder PERCENT   of the datagrams on each link (10 each)\n"
	"  --delay MS    the longest way of a phone to the server (60)\n"
	"  --kills PERCENT   of the rounds in which the server is killed and starts again (25)\n"
	"  --ports N     pairs of media ports (500)\n"
	"  --calm        nobody misbehaves and the store never fails\n"
	"  --trace CALL  draw this call when its round is over\n"
	"  --verbose     each SIP datagram and log record on standard error\n"
	"  --quiet       no progress\n"
	"Exit: 0 all invariants hold, 1 one is broken, 2 usage.\n";

static int fail_usage(const char *what)
{
	fprintf(stderr, "ahoy-sim: %s\n%s", what, usage);
	return 2;
}

static bool parse_number(const char *text, double lo, double hi, double *out)
{
	char *end;

	errno = 0;
	*out = strtod(text, &end);
	return !errno && end != text && !*end && *out >= lo && *out <= hi;
}

static bool parse_seed(const char *text, uint64_t *out)
{
	return !ahoy_slice_u64(ahoy_slice_of(text), UINT64_MAX, out);
}

enum { OPT_SEED = 1, OPT_CALLS, OPT_ROUND, OPT_LOSS, OPT_DUP, OPT_REORDER, OPT_DELAY, OPT_KILLS, OPT_PORTS, OPT_CALM, OPT_TRACE, OPT_VERBOSE, OPT_QUIET, OPT_HELP };

static const struct option long_options[] = {
	{"seed", required_argument, NULL, OPT_SEED},
	{"calls", required_argument, NULL, OPT_CALLS},
	{"round", required_argument, NULL, OPT_ROUND},
	{"loss", required_argument, NULL, OPT_LOSS},
	{"dup", required_argument, NULL, OPT_DUP},
	{"reorder", required_argument, NULL, OPT_REORDER},
	{"delay", required_argument, NULL, OPT_DELAY},
	{"kills", required_argument, NULL, OPT_KILLS},
	{"ports", required_argument, NULL, OPT_PORTS},
	{"calm", no_argument, NULL, OPT_CALM},
	{"trace", required_argument, NULL, OPT_TRACE},
	{"verbose", no_argument, NULL, OPT_VERBOSE},
	{"quiet", no_argument, NULL, OPT_QUIET},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

/* False: not a value that this option takes. */
static bool take_number(sim_options *options, int option, const char *text)
{
	static const double most[] = {[OPT_CALLS] = 10000000, [OPT_ROUND] = 100000, [OPT_LOSS] = 60, [OPT_DUP] = 100, [OPT_REORDER] = 100,
				      [OPT_DELAY] = 300, [OPT_KILLS] = 100, [OPT_PORTS] = 20000, [OPT_TRACE] = 10000000};
	double value;

	if (!parse_number(text, option == OPT_CALLS || option == OPT_ROUND || option == OPT_DELAY || option == OPT_PORTS ? 1 : 0, most[option], &value))
		return false;
	switch (option) {
	case OPT_CALLS:
		options->calls = (unsigned)value;
		break;
	case OPT_ROUND:
		options->round_calls = (unsigned)value;
		break;
	case OPT_LOSS:
		options->loss = (unsigned)(value * 10);
		break;
	case OPT_DUP:
		options->duplicate = (unsigned)(value * 10);
		break;
	case OPT_REORDER:
		options->reorder = (unsigned)(value * 10);
		break;
	case OPT_DELAY:
		options->delay_ms = (unsigned)value;
		break;
	case OPT_KILLS:
		options->kills = (unsigned)(value * 10);
		break;
	case OPT_PORTS:
		options->ports = (unsigned)value;
		break;
	case OPT_TRACE:
		options->trace = (unsigned)value;
		break;
	}
	return true;
}

/* 0; else the exit code + 1. */
static int parse_options(int argc, char **argv, sim_options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case OPT_SEED:
			if (!parse_seed(optarg, &options->seed))
				return 1 + fail_usage("--seed takes a whole number");
			break;
		case OPT_CALM:
			options->calm = true;
			break;
		case OPT_VERBOSE:
			options->verbose = true;
			break;
		case OPT_QUIET:
			options->quiet = true;
			break;
		case OPT_HELP:
			fputs(usage, stdout);
			return 1;
		case '?':
			return 1 + fail_usage("what is this option?");
		default:
			if (!take_number(options, option, optarg))
				return 1 + fail_usage("a number is out of its range");
			break;
		}
	}
	return optind < argc ? 1 + fail_usage("there is an argument too many") : 0;
}

int main(int argc, char **argv)
{
	static sim_world world;
	sim_options options = {
		.seed = 1,
		.calls = 200,
		.round_calls = 100,
		.loss = 100,
		.duplicate = 100,
		.reorder = 100,
		.delay_ms = 60,
		.kills = 250,
		.ports = 500,
	};
	int code = parse_options(argc, argv, &options);

	if (code)
		return code - 1;
	sim_world_init(&world, &options);
	(void)sim_world_run(&world);
	sim_world_stop(&world);
	sim_report_summary(&world);
	code = world.faults ? 1 : 0;
	sim_world_fini(&world);
	return code;
}

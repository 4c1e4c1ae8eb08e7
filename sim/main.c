/* ahoy-sim: the server and its phones in a virtual world (docs/simulator.md). The same options give the same bytes on
 * the wire. */
#include <errno.h>
#include <getopt.h>
#include <stddef.h>
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

/* The options that take a number: percentages are kept per thousand. */
static const struct {
	const char *name;
	double least, most, scale;
	size_t at;
} numbers[] = {
	{"calls", 1, 10000000, 1, offsetof(sim_options, calls)},
	{"round", 1, 100000, 1, offsetof(sim_options, round_calls)},
	{"loss", 0, 60, 10, offsetof(sim_options, loss)},
	{"dup", 0, 100, 10, offsetof(sim_options, duplicate)},
	{"reorder", 0, 100, 10, offsetof(sim_options, reorder)},
	{"delay", 1, 300, 1, offsetof(sim_options, delay_ms)},
	{"kills", 0, 100, 10, offsetof(sim_options, kills)},
	{"ports", 1, 20000, 1, offsetof(sim_options, ports)},
	{"trace", 0, 10000000, 1, offsetof(sim_options, trace)},
};
#define NUMBERS (sizeof numbers / sizeof numbers[0])

enum {
	OPT_SEED = 256,
	OPT_CALM,
	OPT_VERBOSE,
	OPT_QUIET,
	OPT_HELP
};

static void list_options(struct option out[NUMBERS + 6])
{
	static const struct option others[] = {
		{"seed", required_argument, NULL, OPT_SEED},
		{"calm", no_argument, NULL, OPT_CALM},
		{"verbose", no_argument, NULL, OPT_VERBOSE},
		{"quiet", no_argument, NULL, OPT_QUIET},
		{"help", no_argument, NULL, OPT_HELP},
		{0},
	};

	for (size_t i = 0; i < NUMBERS; i++)
		out[i] = (struct option){numbers[i].name, required_argument, NULL, (int)i};
	memcpy(out + NUMBERS, others, sizeof others);
}

/* False: not a value that this option takes. */
static bool take_number(sim_options *options, size_t which, const char *text)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(text, &end);
	if (errno || end == text || *end || !(value >= numbers[which].least && value <= numbers[which].most))
		return false;
	*(unsigned *)(void *)((char *)options + numbers[which].at) = (unsigned)(value * numbers[which].scale + 0.5);
	return true;
}

/* 0; else the exit code + 1. */
static int parse_options(int argc, char **argv, sim_options *options)
{
	struct option list[NUMBERS + 6];
	int option;

	list_options(list);
	while ((option = getopt_long(argc, argv, "", list, NULL)) != -1) {
		switch (option) {
		case OPT_SEED:
			if (ahoy_slice_u64(ahoy_slice_of(optarg), UINT64_MAX, &options->seed))
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
			if (!take_number(options, (size_t)option, optarg))
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

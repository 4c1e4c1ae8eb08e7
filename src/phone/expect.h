/* expect: what a call is expected to bring, for scripts that test: sound, tones, keys, a MOS. It listens to one call,
 * judges at its end, and says what was wanted and what came. exit_code.h makes a code of what was not met.
 * Leaves the measuring to media/tone_ear.h and media/session.h, the telling to events.h. Embedded; about 5 KB.
 * Thread kind: pure. */
#ifndef AHOY_PHONE_EXPECT_H
#define AHOY_PHONE_EXPECT_H

#include "base/env.h"
#include "media/tone_ear.h"

/* Less than this above -60 dBov is no sound (--expect-audio). */
#define AHOY_EXPECT_AUDIO_S 0.2
/* Less than this of a tone is none (--expect-tone). */
#define AHOY_EXPECT_TONE_S 0.5
/* Keys that may be expected; further ones that come are counted, not kept. */
#define AHOY_EXPECT_KEYS 64

typedef enum {
	AHOY_EXPECT_AUDIO,
	AHOY_EXPECT_TONE,
	AHOY_EXPECT_DTMF,
	AHOY_EXPECT_MOS,
	AHOY_EXPECT_KINDS
} ahoy_expect_kind;

/* As given on the command line. */
typedef struct {
	bool audio;
	double tones_hz[AHOY_TONE_EAR_TONES];
	size_t tone_count;
	const char *dtmf; /* keys without pauses, checked; NULL: not asked for */
	double min_mos;	  /* 0: not asked for */
} ahoy_expectations;

typedef struct {
	const ahoy_expectations *wanted; /* the owner's */
	ahoy_tone_ear ear;
	size_t key_count; /* all that came */
	char keys[AHOY_EXPECT_KEYS + 1];
} ahoy_expect;

/* One expectation, judged. Numbers that do not belong to its kind are 0. */
typedef struct {
	ahoy_expect_kind kind;
	bool met;
	double wanted;		     /* AUDIO: seconds, TONE: Hz, MOS: MOS */
	double heard_s;		     /* AUDIO, TONE */
	double heard_hz, level_dbov; /* TONE; where any was heard */
	double mos;		     /* MOS; 0: nothing came */
	const char *wanted_digits, *digits;
} ahoy_expect_result;

/* At most this many results. */
#define AHOY_EXPECT_RESULTS (AHOY_TONE_EAR_TONES + 3)

const char *ahoy_expect_name(ahoy_expect_kind kind);
/* wanted stays the caller's and is not changed meanwhile; its tones are in the ear's range. */
void ahoy_expect_init(ahoy_expect *expect, const ahoy_expectations *wanted);
void ahoy_expect_hear(ahoy_expect *expect, const int16_t *pcm, size_t samples, uint32_t sample_rate_hz);
void ahoy_expect_key(ahoy_expect *expect, char digit);
/* packets: how many came; mos says nothing without any. Returns the count of results; *unmet has the bit 1 << kind of each that
 * was not met. They live as long as `expect`. */
size_t ahoy_expect_judge(const ahoy_expect *expect, uint64_t packets, double above_60_s, double mos,
			 ahoy_expect_result results[AHOY_EXPECT_RESULTS], unsigned *unmet);

#endif

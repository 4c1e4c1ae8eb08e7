#include "phone/expect.h"

const char *ahoy_expect_name(ahoy_expect_kind kind)
{
	static const char *const names[] = {"audio", "tone", "dtmf", "mos"};

	return (unsigned)kind < AHOY_EXPECT_KINDS ? names[kind] : "unknown";
}

void ahoy_expect_init(ahoy_expect *expect, const ahoy_expectations *wanted)
{
	memset(expect, 0, sizeof *expect);
	expect->wanted = wanted;
	ahoy_tone_ear_init(&expect->ear);
	for (size_t i = 0; i < wanted->tone_count; i++)
		AHOY_ASSERT(ahoy_tone_ear_add(&expect->ear, wanted->tones_hz[i]) == 0);
}

void ahoy_expect_hear(ahoy_expect *expect, const int16_t *pcm, size_t samples, uint32_t sample_rate_hz)
{
	ahoy_tone_ear_hear(&expect->ear, pcm, samples, sample_rate_hz);
}

void ahoy_expect_key(ahoy_expect *expect, char digit)
{
	if (expect->key_count < AHOY_EXPECT_KEYS)
		expect->keys[expect->key_count] = digit;
	expect->key_count++;
}

static ahoy_expect_result judge_tone(const ahoy_expect *expect, size_t index)
{
	ahoy_tone_heard heard;

	ahoy_tone_ear_get(&expect->ear, index, &heard);
	return (ahoy_expect_result){
		.kind = AHOY_EXPECT_TONE,
		/* Sums of blocks of 40 ms: a hundredth of one is rounding. */
		.met = heard.heard_s > AHOY_EXPECT_TONE_S - 0.0004,
		.wanted = heard.hz,
		.heard_s = heard.heard_s,
		.heard_hz = heard.heard_hz,
		.level_dbov = heard.level_dbov,
	};
}

size_t ahoy_expect_judge(const ahoy_expect *expect, uint64_t packets, double above_60_s, double mos,
			 ahoy_expect_result results[AHOY_EXPECT_RESULTS], unsigned *unmet)
{
	const ahoy_expectations *wanted = expect->wanted;
	size_t count = 0;

	if (wanted->audio)
		results[count++] = (ahoy_expect_result){.kind = AHOY_EXPECT_AUDIO,
							.met = above_60_s >= AHOY_EXPECT_AUDIO_S,
							.wanted = AHOY_EXPECT_AUDIO_S,
							.heard_s = above_60_s};
	for (size_t i = 0; i < wanted->tone_count; i++)
		results[count++] = judge_tone(expect, i);
	if (wanted->dtmf)
		results[count++] = (ahoy_expect_result){.kind = AHOY_EXPECT_DTMF,
							.met = expect->key_count == strlen(wanted->dtmf) &&
							       strcmp(expect->keys, wanted->dtmf) == 0,
							.wanted_digits = wanted->dtmf,
							.digits = expect->keys};
	if (wanted->min_mos > 0)
		results[count++] = (ahoy_expect_result){.kind = AHOY_EXPECT_MOS,
							.met = packets && mos >= wanted->min_mos,
							.wanted = wanted->min_mos,
							.mos = packets ? mos : 0};
	*unmet = 0;
	for (size_t i = 0; i < count; i++)
		if (!results[i].met)
			*unmet |= 1u << results[i].kind;
	return count;
}

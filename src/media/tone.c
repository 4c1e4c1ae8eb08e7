#include "media/tone.h"

#include <math.h>
#include <string.h>

#define TWO_PI 6.28318530717958647692

void ahoy_tone_init(ahoy_tone *tone, uint32_t sample_rate_hz, double first_hz, double second_hz, double level_dbov)
{
	/* A sine has half the power of the square wave that 0 dBov is, so its peak is sqrt(2) higher for the same level. */
	double peak = 32767.0 * sqrt(2.0) * pow(10.0, level_dbov / 20.0);

	*tone = (ahoy_tone){.step = {TWO_PI * first_hz / sample_rate_hz, TWO_PI * second_hz / sample_rate_hz},
			    .amplitude = {peak, second_hz > 0 ? peak : 0}};
}

bool ahoy_tone_init_key(ahoy_tone *tone, uint32_t sample_rate_hz, char key, double level_dbov)
{
	static const char keys[] = "123A456B789C*0#D";
	static const double rows_hz[] = {697, 770, 852, 941}, columns_hz[] = {1209, 1336, 1477, 1633};
	const char *at = key ? strchr(keys, key) : NULL;

	if (!at)
		return false;
	ahoy_tone_init(tone, sample_rate_hz, rows_hz[(at - keys) / 4], columns_hz[(at - keys) % 4], level_dbov);
	return true;
}

void ahoy_tone_fill(ahoy_tone *tone, int16_t *pcm, size_t samples)
{
	for (size_t i = 0; i < samples; i++) {
		double value = 0;

		for (int k = 0; k < 2; k++) {
			value += tone->amplitude[k] * sin(tone->phase[k]);
			tone->phase[k] += tone->step[k];
			if (tone->phase[k] >= TWO_PI)
				tone->phase[k] -= TWO_PI;
		}
		pcm[i] = (int16_t)(value > 32767 ? 32767 : (value < -32768 ? -32768 : lrint(value)));
	}
}

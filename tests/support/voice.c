#include "voice.h"

#include <math.h>

double test_noise(uint32_t *random)
{
	*random = *random * 1664525u + 1013904223u;
	return (double)*random / 2147483648.0 - 1;
}

double test_voice_next(test_voice *v, double peak)
{
	double hz = 120 + 25 * sin(2 * M_PI * 0.7 * v->at_s), syllable = sin(2 * M_PI * 2.5 * v->at_s), sum = 0;

	v->phase += hz / v->rate_hz;
	v->at_s += 1 / v->rate_hz;
	if (fmod(v->at_s, 3) > 2.2)
		return 0;
	for (int k = 1; k <= 10; k++)
		sum += sin(2 * M_PI * k * v->phase) / k;
	return peak * (0.2 + 0.8 * syllable * syllable) * (sum / 2 + 0.2 * test_noise(&v->random));
}

int16_t test_pcm_of(double value)
{
	return (int16_t)lrint(fmin(fmax(value, -32768), 32767));
}

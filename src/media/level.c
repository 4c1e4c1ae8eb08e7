#include "media/level.h"

#include <math.h>

double ahoy_level_energy(const int16_t *pcm, size_t samples)
{
	double energy = 0;

	for (size_t i = 0; i < samples; i++)
		energy += (double)pcm[i] * pcm[i];
	return energy;
}

double ahoy_level_dbov(double energy, uint64_t samples)
{
	double level;

	if (samples == 0 || energy <= 0)
		return AHOY_LEVEL_SILENCE;
	level = 10.0 * log10(energy / (double)samples / (32767.0 * 32767.0));
	return level < AHOY_LEVEL_SILENCE ? AHOY_LEVEL_SILENCE : (level > 0 ? 0 : level);
}

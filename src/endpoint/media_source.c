#include "endpoint/media_source.h"

void ahoy_media_source_set(ahoy_media_source *s, const ahoy_addr *described, const ahoy_addr *signalling)
{
	bool same = s->described.family && ahoy_addr_eq(&s->described, described);

	s->described = *described;
	s->signalling = *signalling;
	if (!same)
		s->learned = (ahoy_addr){0};
}

bool ahoy_media_source_takes(ahoy_media_source *s, const ahoy_addr *from)
{
	/* Hold by 0.0.0.0 describes no address; its packets, if any, are the signalling peer's. */
	bool from_described = s->described.family && ahoy_addr_ip_eq(from, &s->described);
	bool from_signalling = ahoy_addr_ip_eq(from, &s->signalling);

	if (!from_described && !from_signalling)
		return false;
	if (s->described.family && !s->learned.family && !ahoy_addr_eq(from, &s->described) && from_signalling)
		s->learned = *from;
	return true;
}

const ahoy_addr *ahoy_media_source_target(const ahoy_media_source *s)
{
	return s->described.family && s->learned.family ? &s->learned : &s->described;
}

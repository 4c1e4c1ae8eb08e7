#include <stdio.h>

#include "phone/phone.h"

int ahoy_phone_open_tls(ahoy_phone *phone)
{
	const ahoy_phone_options *o = phone->options;
	ahoy_tls_config config = {.ca = o->tls_ca, .insecure = o->tls_insecure};
	char why[AHOY_TLS_WHY];

	if (o->tls_insecure)
		fputs("ahoy: WARNING: --tls-insecure takes any certificate: whoever is between here and the server can listen and "
		      "learn what is sent\n",
		      stderr);
	if (ahoy_tls_new(&config, &phone->tls, why)) {
		fprintf(stderr, "ahoy: --tls-ca: %s\n", why);
		return AHOY_EIO;
	}
	ahoy_tcp_set_tls(ahoy_driver_tcp(phone->driver), phone->tls);
	return 0;
}

/* Each sentence of os/tls.c with what the user can do about it. */
static const char *remedy(ahoy_slice why)
{
	if (ahoy_slice_starts(why, AHOY_S("its certificate is not trusted")))
		return "name the certificate or its authority with --tls-ca FILE, or take any with --tls-insecure";
	if (ahoy_slice_starts(why, AHOY_S("its certificate is for")))
		return "call the server by a name that its certificate has, or take any with --tls-insecure";
	return "check that this is a port for TLS";
}

void ahoy_phone_peer_refused(void *ctx, const ahoy_flow *flow, const char *why)
{
	ahoy_phone *phone = ctx;
	char text[AHOY_ADDR_TEXT];
	ahoy_buf b = ahoy_buf_over(text, sizeof text - 1);

	ahoy_addr_put(&b, &flow->peer);
	snprintf(phone->refused, sizeof phone->refused, "no TLS with %s: %s: %s", ahoy_buf_cstr(&b), why,
		 remedy(ahoy_slice_of(why)));
}

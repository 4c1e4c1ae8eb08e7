#include "os/driver.h"

#include <stdlib.h>

#include "os/clock.h"

#define FAILED_MAX 16
#define TAIL_ROUNDS 4

struct ahoy_driver {
	ahoy_machine machine;
	ahoy_udp *udp;
	ahoy_tcp *tcp;
	ahoy_alarm *alarm;
	ahoy_tail *tail;
	ahoy_time next;	 /* the machine's deadline */
	ahoy_time armed; /* the alarm's; not later than `next` while the loop sleeps */
	/* Transports that the machine wanted and that are not there. */
	ahoy_flow failed[FAILED_MAX];
	size_t failed_count;
	bool closing;
};

static void drain(ahoy_driver *driver, ahoy_time now)
{
	driver->next = driver->machine.drain(driver->machine.ctx, now);
}

static void on_datagram(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	ahoy_driver *driver = ctx;

	driver->machine.recv(driver->machine.ctx, now, flow, bytes);
	drain(driver, now);
}

static void on_refused(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	ahoy_driver *driver = ctx;

	if (driver->closing)
		return;
	driver->machine.send_failed(driver->machine.ctx, now, flow);
	drain(driver, now);
}

static void on_closed(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	ahoy_driver *driver = ctx;

	driver->machine.flow_closed(driver->machine.ctx, now, flow);
	drain(driver, now);
}

static void on_broken(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err)
{
	ahoy_driver *driver = ctx;

	driver->machine.broken(driver->machine.ctx, now, flow, head, err);
	drain(driver, now);
}

static void on_peer_refused(void *ctx, const ahoy_flow *flow, const char *why)
{
	ahoy_driver *driver = ctx;

	if (driver->machine.peer_refused && !driver->closing)
		driver->machine.peer_refused(driver->machine.ctx, flow, why);
}

static void on_alarm(void *ctx)
{
	ahoy_driver *driver = ctx;
	ahoy_time now = ahoy_clock_now();

	driver->armed = AHOY_NEVER;
	if (driver->next <= now) {
		driver->machine.expire(driver->machine.ctx, now);
		drain(driver, now);
	}
}

static void tell_failed(ahoy_driver *driver)
{
	ahoy_flow failed[FAILED_MAX];
	size_t count = driver->failed_count;

	memcpy(failed, driver->failed, count * sizeof failed[0]);
	driver->failed_count = 0;
	for (size_t i = 0; i < count; i++)
		on_refused(driver, ahoy_clock_now(), &failed[i]);
}

/* Before the loop sleeps. The alarm is set once a turn, and only where the deadline came nearer: one that rings too
 * early costs less than one set with each message. */
static void on_tail(void *ctx)
{
	ahoy_driver *driver = ctx;

	/* What one flush tells may be answered by way of another. */
	for (int round = 0; round < TAIL_ROUNDS && (round == 0 || driver->failed_count || ahoy_tcp_has_news(driver->tcp)); round++) {
		tell_failed(driver);
		ahoy_tcp_flush(driver->tcp);
		ahoy_udp_flush(driver->udp);
	}
	if (driver->next < driver->armed) {
		driver->armed = driver->next;
		ahoy_alarm_set(driver->alarm, driver->next);
	}
}

int ahoy_driver_new(ahoy_loop *loop, const ahoy_machine *machine, ahoy_driver **out)
{
	ahoy_udp_handler datagrams = {.datagram = on_datagram, .refused = on_refused};
	ahoy_tcp_handler streams = {
		.message = on_datagram, .broken = on_broken, .closed = on_closed, .failed = on_refused, .refused = on_peer_refused};
	ahoy_tcp_options options;
	ahoy_driver *driver = calloc(1, sizeof *driver);

	*out = NULL;
	if (!driver)
		return AHOY_ENOMEM;
	driver->machine = *machine;
	driver->next = driver->armed = AHOY_NEVER;
	datagrams.ctx = streams.ctx = driver;
	ahoy_tcp_options_default(&options);
	if (ahoy_tail_new(loop, on_tail, driver, &driver->tail) || ahoy_udp_new(loop, &datagrams, &driver->udp) ||
	    ahoy_tcp_new(loop, &streams, &options, &driver->tcp) ||
	    ahoy_alarm_new(loop, on_alarm, driver, &driver->alarm)) {
		ahoy_driver_del(driver);
		return AHOY_ENOMEM;
	}
	*out = driver;
	return 0;
}

void ahoy_driver_del(ahoy_driver *driver)
{
	if (!driver)
		return;
	/* What the last datagrams bring is nobody's any more. */
	driver->closing = true;
	ahoy_udp_del(driver->udp);
	ahoy_tcp_del(driver->tcp);
	ahoy_alarm_del(driver->alarm);
	ahoy_tail_del(driver->tail);
	free(driver);
}

ahoy_udp *ahoy_driver_udp(ahoy_driver *driver)
{
	return driver->udp;
}

ahoy_tcp *ahoy_driver_tcp(ahoy_driver *driver)
{
	return driver->tcp;
}

static void stream_out(ahoy_tcp *tcp, const ahoy_out *out)
{
	switch (out->kind) {
	case AHOY_OUT_SEND:
		ahoy_tcp_send(tcp, &out->flow, out->bytes);
		break;
	case AHOY_OUT_CONNECT:
		ahoy_tcp_connect(tcp, &out->flow);
		break;
	case AHOY_OUT_CLOSE:
		ahoy_tcp_close(tcp, &out->flow);
		break;
	case AHOY_OUT_KEEP:
		ahoy_tcp_keep(tcp, &out->flow);
		break;
	}
}

void ahoy_driver_out(ahoy_driver *driver, const ahoy_out *out)
{
	if (out->kind == AHOY_OUT_SEND && out->flow.transport == AHOY_UDP)
		ahoy_udp_send(driver->udp, &out->flow, out->bytes);
	else if (out->flow.transport != AHOY_UDP && out->flow.transport != AHOY_TRANSPORT_OTHER)
		stream_out(driver->tcp, out);
	else if ((out->kind == AHOY_OUT_SEND || out->kind == AHOY_OUT_CONNECT) && driver->failed_count < FAILED_MAX)
		driver->failed[driver->failed_count++] = out->flow;
}

void ahoy_driver_drain(ahoy_driver *driver)
{
	drain(driver, ahoy_clock_now());
}

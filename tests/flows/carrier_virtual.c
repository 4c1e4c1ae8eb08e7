/* The virtual network: nothing is lost, each datagram takes ten milliseconds, and time is a number. */
#include <stdlib.h>

#include "world.h"

#define ONE_WAY AHOY_MS(10)
#define START AHOY_SECONDS(1000)
#define MAX_FLYING 256

typedef struct {
	ahoy_time arrives;
	ahoy_addr from, to;
	ahoy_slice bytes;
} datagram;

typedef struct {
	flow *flow;
	ahoy_time now;
	datagram flying[MAX_FLYING]; /* in the order of arrival, because all take as long */
	unsigned count;
} network;

static ahoy_time now(void *ctx)
{
	return ((network *)ctx)->now;
}

static void place(void *ctx, ahoy_addr *addr)
{
	(void)ctx, (void)addr;
}

static void open_phone(void *ctx, phone *p)
{
	(void)ctx, (void)p;
}

static void fly(network *net, const ahoy_addr *from, const ahoy_addr *to, ahoy_slice bytes)
{
	assert_true(net->count < MAX_FLYING);
	net->flying[net->count++] = (datagram){net->now + ONE_WAY, *from, *to, flow_keep_slice(net->flow, bytes)};
}

static void from_phone(void *ctx, phone *p, ahoy_slice bytes)
{
	network *net = ctx;

	fly(net, &p->at, &net->flow->server_at, bytes);
}

static void from_server(void *ctx, const ahoy_out *out)
{
	network *net = ctx;

	fly(net, &net->flow->server_at, &out->flow.peer, out->bytes);
}

static void deliver(network *net)
{
	datagram d = net->flying[0];
	phone *p = flow_phone_at(net->flow, &d.to);

	memmove(net->flying, net->flying + 1, --net->count * sizeof net->flying[0]);
	if (p && p->closed)
		server_refused(net->flow, net->now, &(ahoy_flow){.transport = AHOY_UDP, .local = d.from, .peer = d.to});
	else if (p && !p->gone)
		phone_recv(p, d.bytes);
	else if (!p && ahoy_addr_eq(&d.to, &net->flow->server_at))
		server_recv(net->flow, net->now, &(ahoy_flow){.transport = AHOY_UDP, .local = d.to, .peer = d.from}, d.bytes);
}

static bool step(void *ctx, ahoy_time until)
{
	network *net = ctx;
	ahoy_time timer = server_next(net->flow), arrival = net->count ? net->flying[0].arrives : AHOY_NEVER;
	ahoy_time next = timer < arrival ? timer : arrival;

	if (next > until) {
		net->now = until;
		return false;
	}
	if (next > net->now)
		net->now = next;
	if (arrival <= timer)
		deliver(net);
	else
		server_expire(net->flow, net->now);
	return true;
}

static void close_network(void *ctx)
{
	(void)ctx;
}

void carrier_virtual(flow *f)
{
	network *net = flow_keep(f, sizeof *net);

	net->flow = f;
	net->now = START;
	f->carrier = (carrier){
		.ctx = net,
		.now = now,
		.place = place,
		.open = open_phone,
		.from_phone = from_phone,
		.from_server = from_server,
		.step = step,
		.close = close_network,
		.patience = AHOY_SECONDS(40),
	};
}

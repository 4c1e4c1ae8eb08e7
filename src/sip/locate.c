#include "sip/locate.h"

#include <string.h>

/* Which service a NAPTR record or an SRV name stands for (RFC 3263 4.1; RFC 7118 for WebSocket, which has no SRV name). */
static const struct {
	ahoy_transport transport;
	const char *service, *srv;
} services[] = {
	/* In this order without a NAPTR record: UDP is what every server has. */
	{AHOY_UDP, "SIP+D2U", "_sip._udp."},
	{AHOY_TCP, "SIP+D2T", "_sip._tcp."},
	{AHOY_TLS, "SIPS+D2T", "_sips._tcp."},
	{AHOY_WS, "SIP+D2W", NULL},
	{AHOY_WSS, "SIPS+D2W", NULL},
};
#define SERVICES (sizeof services / sizeof services[0])

static bool may_use(const ahoy_locate *l, ahoy_transport transport)
{
	/* RFC 3261 26.2.2: what a sips URI names is never reached in the clear. */
	return (l->transports & AHOY_LOCATE_BY(transport)) && (!l->secure || transport == AHOY_TLS || transport == AHOY_WSS);
}

/* ---- questions ---- */

static int ask(ahoy_locate *l, ahoy_dns_type type, ahoy_slice prefix, ahoy_slice name, ahoy_transport transport, unsigned *out)
{
	ahoy_locate_question *q;
	ahoy_buf b;

	if (l->question_count == AHOY_LOCATE_MAX_QUESTIONS)
		return AHOY_EFULL;
	q = &l->questions[l->question_count];
	*q = (ahoy_locate_question){.type = type, .transport = transport};
	b = ahoy_buf_over(q->name, sizeof q->name - 1);
	ahoy_buf_put(&b, prefix);
	ahoy_buf_put(&b, name);
	if (b.full || !b.len)
		return AHOY_ETOOBIG;
	q->name[b.len] = '\0';
	if (out)
		*out = l->question_count;
	l->question_count++;
	return 0;
}

/* The host's own addresses are used where no SRV record speaks. */
static void ask_host(ahoy_locate *l)
{
	(void)ask(l, AHOY_DNS_ADDRESS, AHOY_S(""), l->target.host, l->target.transport, NULL);
}

static void begin(ahoy_locate *l, ahoy_dns_type stage)
{
	l->stage = stage;
	l->stage_first = l->question_count;
}

bool ahoy_locate_next_question(ahoy_locate *l, unsigned *question, ahoy_dns_type *type, ahoy_slice *name)
{
	for (unsigned i = 0; !l->done && i < l->question_count; i++) {
		if (l->questions[i].asked)
			continue;
		l->questions[i].asked = true;
		*question = i;
		*type = l->questions[i].type;
		*name = ahoy_slice_of(l->questions[i].name);
		return true;
	}
	return false;
}

/* ---- the end ---- */

static void finish(ahoy_locate *l, int err)
{
	l->done = true;
	l->err = err;
}

/* IPv4 first: where a server has both, a phone's sound goes over what every network has. */
static void add_hops(ahoy_locate *l, const ahoy_locate_server *server, const ahoy_locate_question *q)
{
	ahoy_target target = {.port = server->port};
	ahoy_addr sorted[AHOY_DNS_MAX_ADDRESSES], addr;
	ahoy_target_list list;
	size_t count = 0;

	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2))
		for (size_t i = 0; i < q->count; i++)
			if (q->addrs[i].family == family)
				sorted[count++] = q->addrs[i];
	ahoy_target_list_init(&list, &target, sorted, count, l->families);
	while (l->hop_count < AHOY_MAX_TARGETS && ahoy_target_next(&list, &addr))
		l->hops[l->hop_count++] = (ahoy_hop){server->transport, addr};
}

static void end_addresses(ahoy_locate *l)
{
	int err = AHOY_ENOTFOUND;

	for (size_t i = 0; i < l->server_count; i++) {
		const ahoy_locate_question *q = &l->questions[l->servers[i].question];

		if (q->err && q->err != AHOY_ENOTFOUND)
			err = q->err;
		add_hops(l, &l->servers[i], q);
	}
	finish(l, l->hop_count ? 0 : err);
}

/* ---- servers and their addresses ---- */

static void add_server(ahoy_locate *l, ahoy_slice name, ahoy_transport transport, uint16_t port)
{
	unsigned question = 0;

	if (l->server_count == AHOY_MAX_TARGETS)
		return;
	while (question < l->question_count && (l->questions[question].type != AHOY_DNS_ADDRESS ||
						!ahoy_slice_ieq(ahoy_slice_of(l->questions[question].name), name)))
		question++;
	if (question == l->question_count && ask(l, AHOY_DNS_ADDRESS, AHOY_S(""), name, transport, &question))
		return;
	l->servers[l->server_count++] = (ahoy_locate_server){transport, port, question};
}

/* 4.2 without SRV records: the host itself, at the transport's own port. */
static void use_host(ahoy_locate *l)
{
	add_server(l, l->target.host, l->target.transport, l->target.port);
}

static void use_services(ahoy_locate *l)
{
	begin(l, AHOY_DNS_ADDRESS);
	for (unsigned i = 0; i < l->srv_count; i++) {
		ahoy_dns_answer *answer = &l->srv_of[i];

		if (answer->err)
			continue;
		ahoy_srv_order(l->env, answer->srvs, answer->count);
		for (size_t k = 0; k < answer->count; k++) {
			if (!answer->srvs[k].target[0])
				l->refused = true;
			else if (answer->srvs[k].port)
				add_server(l, ahoy_slice_of(answer->srvs[k].target), l->questions[l->srv_first + i].transport,
					   answer->srvs[k].port);
		}
	}
	if (!l->server_count && !l->refused)
		use_host(l);
}

/* ---- SRV ---- */

static void ask_srv(ahoy_locate *l, ahoy_slice prefix, ahoy_slice name, ahoy_transport transport)
{
	if (l->srv_count < AHOY_LOCATE_MAX_SERVICES && !ask(l, AHOY_DNS_SRV, prefix, name, transport, NULL))
		l->srv_count++;
}

/* 4.1: an SRV question for each transport that can be used. `only`: what the URI names, or AHOY_TRANSPORT_OTHER. */
static void ask_services(ahoy_locate *l, ahoy_transport only)
{
	begin(l, AHOY_DNS_SRV);
	l->srv_first = l->question_count;
	for (size_t i = 0; i < SERVICES; i++)
		if (services[i].srv && may_use(l, services[i].transport) &&
		    (only == AHOY_TRANSPORT_OTHER || only == services[i].transport))
			ask_srv(l, ahoy_slice_of(services[i].srv), l->target.host, services[i].transport);
	/* At the same time: most domains have no SRV records, and a person waits. */
	ask_host(l);
}

/* ---- NAPTR ---- */

static bool service_of(const ahoy_locate *l, const ahoy_naptr *naptr, ahoy_transport *out)
{
	/* "s": an SRV name follows. RFC 3263 knows no other kind. */
	if (naptr->flag != 's' || !naptr->replacement[0])
		return false;
	for (size_t i = 0; i < SERVICES; i++) {
		*out = services[i].transport;
		if (ahoy_slice_ieq(ahoy_slice_of(naptr->service), ahoy_slice_of(services[i].service)))
			return may_use(l, *out);
	}
	return false;
}

static bool goes_before(const ahoy_naptr *a, const ahoy_naptr *b)
{
	return a->order != b->order ? a->order < b->order : a->preference < b->preference;
}

/* The records that can be used, by order and preference (RFC 3403 4.1); equal ones as they came. */
static void use_naptrs(ahoy_locate *l, const ahoy_dns_answer *answer)
{
	bool taken[AHOY_DNS_MAX_NAPTRS] = {false};
	ahoy_transport transport = AHOY_TRANSPORT_OTHER, of_best = AHOY_TRANSPORT_OTHER;
	const ahoy_naptr *best;

	begin(l, AHOY_DNS_SRV);
	l->srv_first = l->question_count;
	do {
		size_t at = 0;

		best = NULL;
		for (size_t i = 0; i < answer->count; i++) {
			const ahoy_naptr *naptr = &answer->naptrs[i];

			if (taken[i] || !service_of(l, naptr, &transport) || (best && !goes_before(naptr, best)))
				continue;
			best = naptr;
			of_best = transport;
			at = i;
		}
		if (best) {
			taken[at] = true;
			ask_srv(l, AHOY_S(""), ahoy_slice_of(best->replacement), of_best);
		}
	} while (best);
}

static void end_naptr(ahoy_locate *l, const ahoy_dns_answer *answer)
{
	if (!answer->err)
		use_naptrs(l, answer);
	if (!l->srv_count)
		ask_services(l, AHOY_TRANSPORT_OTHER);
}

/* ---- from one stage to the next ---- */

static bool stage_is_over(const ahoy_locate *l)
{
	for (unsigned i = l->stage == AHOY_DNS_ADDRESS ? 0 : l->stage_first; i < l->question_count; i++)
		if (!l->questions[i].answered)
			return false;
	return true;
}

static void go_on(ahoy_locate *l)
{
	if (l->stage == AHOY_DNS_SRV && stage_is_over(l))
		use_services(l);
	if (l->stage == AHOY_DNS_ADDRESS && !l->server_count)
		finish(l, AHOY_ENOTFOUND);
	else if (l->stage == AHOY_DNS_ADDRESS && stage_is_over(l))
		end_addresses(l);
}

void ahoy_locate_answer(ahoy_locate *l, unsigned question, const ahoy_dns_answer *answer)
{
	ahoy_locate_question *q;

	if (l->done || question >= l->question_count || l->questions[question].answered)
		return;
	q = &l->questions[question];
	q->answered = true;
	q->err = answer->err;
	switch (q->type) {
	case AHOY_DNS_NAPTR:
		end_naptr(l, answer);
		break;
	case AHOY_DNS_SRV:
		l->srv_of[question - l->srv_first] = *answer;
		break;
	case AHOY_DNS_ADDRESS:
		q->count = answer->err ? 0 : answer->count;
		memcpy(q->addrs, answer->addrs, q->count * sizeof q->addrs[0]);
		break;
	}
	go_on(l);
}

int ahoy_locate_start(ahoy_locate *l, const ahoy_env *env, const ahoy_uri *uri, unsigned transports, unsigned families)
{
	ahoy_slice named;
	int err;

	memset(l, 0, sizeof *l);
	l->env = env;
	l->transports = transports;
	l->families = families;
	l->secure = uri->kind == AHOY_URI_SIPS;
	err = ahoy_target_of_uri(uri, &l->target);
	if (!err && !may_use(l, l->target.transport))
		err = AHOY_EUNSUPPORTED;
	if (!err && ahoy_slice_cstr(l->target.host, l->host, sizeof l->host))
		err = AHOY_ETOOBIG;
	if (err)
		return err;
	l->target.host = ahoy_slice_of(l->host);
	if (l->target.addr.family) { /* 4.1, 4.2: a numeric address needs no name server */
		ahoy_locate_server server = {l->target.transport, l->target.port, 0};
		ahoy_locate_question q = {.count = 1, .addrs = {l->target.addr}};

		add_hops(l, &server, &q);
		finish(l, l->hop_count ? 0 : AHOY_ENOTFOUND);
	} else if (uri->port) { /* 4.2: a port means that host alone */
		begin(l, AHOY_DNS_ADDRESS);
		use_host(l);
	} else if (ahoy_params_get(uri->params, AHOY_S("transport"), &named)) {
		ask_services(l, l->target.transport);
	} else {
		begin(l, AHOY_DNS_NAPTR);
		if (ask(l, AHOY_DNS_NAPTR, AHOY_S(""), l->target.host, AHOY_TRANSPORT_OTHER, NULL))
			return AHOY_ETOOBIG;
	}
	return 0;
}

/* world: what the harness's own files share; scripts see flow.h alone. */
#ifndef FLOW_WORLD_H
#define FLOW_WORLD_H

#include "b2b/switch.h"
#include "flow.h"

#define MAX_PHONES 8
#define MAX_DIALOGS 64
#define MAX_INBOX 128
#define MAX_LATER 64
#define MAX_PIECES 4096

/* What moves datagrams and time. Addresses are those of the carrier; `place` maps the documentation address of a script to one of them. */
typedef struct {
	void *ctx;
	ahoy_time (*now)(void *ctx);
	void (*place)(void *ctx, ahoy_addr *addr);
	/* A phone begins to receive at its address. */
	void (*open)(void *ctx, phone *p);
	void (*from_phone)(void *ctx, phone *p, ahoy_slice bytes);
	void (*from_server)(void *ctx, const ahoy_out *out);
	/* Lets one thing happen, not later than `until`; false where nothing did and it is `until` now. */
	bool (*step)(void *ctx, ahoy_time until);
	void (*close)(void *ctx);
	/* How long an expected message may take. */
	ahoy_time patience;
} carrier;

/* What the server's own endpoints sent to a phone. */
typedef struct {
	unsigned packets, silent, own, other, reports;
	bool bye;
	uint8_t payload;
	unsigned from, to; /* ports */
	char keys[16];
	uint32_t key_timestamp;
} hearing;

struct phone {
	flow *flow;
	char label[8], user[16], password[32];
	ahoy_addr at;
	char claims[AHOY_ADDR_TEXT]; /* address and port as it writes them */
	bool rport, gone, closed;
	sip *inbox[MAX_INBOX];
	unsigned got, read;
	unsigned made; /* ids so far */
	/* the last challenge */
	char realm[64], nonce[128], old_nonce[128];
	ahoy_digest_algorithm algorithm;
	unsigned nc;
	dialog *registration;
	char sdp[1024]; /* the last one, without its version */
	unsigned sdp_version;
	int fd; /* of the sockets' carrier */
	uint16_t rtp_seq;
	uint32_t rtp_timestamp;
	hearing hears;
};

struct dialog {
	phone *phone;
	bool is_caller;
	char call_id[256], local_tag[64], remote_tag[128];
	char refusal_tag[128];	      /* of the last refusal, for its ACK */
	char local[256], remote[256]; /* URIs in <>, display name before */
	char target[256];
	char branch[64]; /* of the last request */
	char *last;	 /* the last request but ACK and CANCEL */
	unsigned cseq, invite_cseq;
	char invite_uri[256], invite_branch[64];
	int status; /* of the last final answer */
};

/* An answer of the slow store. */
typedef struct {
	ahoy_time at;
	ahoy_ask_kind kind;
	uint64_t id;
	char user[AHOY_MAX_USER + 1];
} later;

struct flow {
	const flow_case *which;
	flow_options options;
	test_env te;
	ahoy_switch *sw;
	carrier carrier;
	ahoy_addr server_at;
	char host[AHOY_ADDR_TEXT];
	flow_store store;
	later later[MAX_LATER];
	unsigned later_count;
	unsigned pairs;
	unsigned attempts_open, records; /* record ids seen, and those with an end */
	char record_ids[32][32];
	phone *phones[MAX_PHONES];
	unsigned phone_count;
	dialog *dialogs[MAX_DIALOGS];
	unsigned dialog_count;
	void *pieces[MAX_PIECES]; /* heap, freed at the end */
	unsigned piece_count;
	/* drawing.c */
	bool hidden;
	bool muted; /* as hidden, but letters and versions are counted */
	ahoy_time drawn_from;
	ahoy_buf ladder;
	ahoy_slice call_ids[32];
	unsigned call_id_count;
	struct {
		char origin[96];
		uint64_t first;
	} descriptions[32];
	unsigned description_count;
	ahoy_slice drawn[256]; /* messages, to say "again" */
	unsigned drawn_count;
};

/* Memory that lives as long as the flow. */
void *flow_keep(flow *f, size_t size);
ahoy_slice flow_keep_slice(flow *f, ahoy_slice s);
phone *flow_phone_at(const flow *f, const ahoy_addr *addr);
/* Prints the ladder and fails the test. */
_Noreturn void flow_fail(flow *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* server.c */
void server_begin(flow *f);
void server_recv(flow *f, ahoy_time now, const ahoy_flow *by, ahoy_slice bytes);
void server_refused(flow *f, ahoy_time now, const ahoy_flow *to);
void server_expire(flow *f, ahoy_time now);
/* Takes all asks and outs after an input. */
void server_settle(flow *f, ahoy_time now);
ahoy_time server_next(const flow *f);
/* All must have died away. */
void server_check_end(flow *f);

/* phone.c */
void phone_recv(phone *p, ahoy_slice bytes);

/* media.c: a packet of the server's own endpoints has left. */
void media_sent(flow *f, const ahoy_relay_out *out, ahoy_slice bytes);

/* drawing.c */
/* The text with the addresses of the sockets' carrier as the scripts know them. */
ahoy_slice draw_documented(flow *f, ahoy_slice text);
void draw_message(flow *f, const char *from, const char *to, ahoy_slice bytes, bool lost);
void draw_line(flow *f, const char *from, const char *to, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* golden.c: compares, or writes. timed: with the times. */
void golden_check(flow *f, bool timed);

/* carrier_*.c */
void carrier_virtual(flow *f);
void carrier_sockets(flow *f);

#endif

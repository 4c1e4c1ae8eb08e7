/* limits: every bound of the core in one place, each with its reason and what happens when it is reached.
 * Thread kind: pure (constants only). */
#ifndef AHOY_BASE_LIMITS_H
#define AHOY_BASE_LIMITS_H

/* The largest SIP message: what a UDP datagram can carry (RFC 3261 18.1.1 asks for 65,535 bytes). Larger on a stream: 513. */
#define AHOY_MAX_MESSAGE 65535
/* Header fields in one message. The seed's have 14, the RFC 4475 ones at most 60. More: 400 "too many headers". */
#define AHOY_MAX_HEADERS 256
/* Parameters kept of one header value or URI; more are a syntax error. */
#define AHOY_MAX_PARAMS 32
/* Via values looked at for loops; more: 483-like refusal by Max-Forwards comes first in practice. */
#define AHOY_MAX_VIAS 72
/* Host names: RFC 1035 2.3.4. */
#define AHOY_MAX_HOST 255

/* A user name (unescaped user part of a URI), bytes. Longer ones do not exist: 404, and `ahoyd user add` refuses them. */
#define AHOY_MAX_USER 128
/* A Contact URI that the registrar keeps, bytes. Longer: 400. */
#define AHOY_MAX_CONTACT 512
/* Contacts of one user (forks of one call). More: the REGISTER is answered 403 "too many contacts". */
#define AHOY_MAX_CONTACTS 10

/* m= lines of one description; more: 400. Calls have one to three, browsers' bundles up to six. */
#define AHOY_SDP_MAX_MEDIA 8
/* Formats of all m= lines together; a line of a browser has about 30. More: 400. */
#define AHOY_SDP_MAX_FORMATS 192
/* a= lines of a description; a browser's first offer has about 200. More: 400. */
#define AHOY_SDP_MAX_ATTRS 320
/* b= lines of a description; further ones are advice that is not heeded. */
#define AHOY_SDP_MAX_BANDWIDTHS 16
/* Codecs of an endpoint (without telephone-event); offer/answer looks at the first that many in common. */
#define AHOY_SDP_MAX_CODECS 16
/* Clock rates that telephone-event is agreed on with: ours are 8000, 16000 and 48000. Further ones are not offered. */
#define AHOY_SDP_MAX_EVENT_RATES 4

/* Forks of one call whose media is anchored: one for each contact of a user. A further fork is not tried. */
#ifndef AHOY_MAX_FORKS
#define AHOY_MAX_FORKS 10
#endif

/* Numbers that one call is sent on to by 3xx. People forward once or twice; more: 482. */
#define AHOY_MAX_REDIRECTS 5

/* Early dialogs of one INVITE (18x with different To tags, RFC 3261 12.1.2). Of more the one that was silent the longest is
 * forgotten: a request in it gets 481; its 2xx is taken all the same. */
#define AHOY_MAX_EARLY_DIALOGS 8

/* Streams of one call that are anchored (audio, video, a second of each). Further m= lines cross with port 0. */
#define AHOY_RELAY_MAX_STREAMS 4
/* Bytes of a packet that the relay encrypts or decrypts; an Ethernet's 1500 and more. Larger ones are malformed. */
#define AHOY_RELAY_MAX_SECURE 4096
/* Kinds of port pairs in a relay (address family, local address). */
#define AHOY_RELAY_MAX_GROUPS 8
/* Addresses of this host that the relay knows as its own. */
#define AHOY_RELAY_MAX_OWN_IPS 32

/* Bytes of an SRTP master key identifier: it counts keys, and eight bytes count them all. Longer ones (RFC 4568 allows 128): that
 * a=crypto is passed over. */
#define AHOY_SRTP_MAX_MKI 8
/* Synchronisation sources under one SRTP key; a call has one each way, a transfer behind the peer brings another. Packets of
 * further ones are dropped and counted: forgetting an old one would let its packets be replayed. */
#define AHOY_SRTP_MAX_STREAMS 16
/* a=crypto lines of one m= line that are looked at; phones write two to eight. Further ones, the least preferred, are passed over. */
#define AHOY_SDP_MAX_CRYPTO 16

/* Packets in a jitter buffer: 64 of 20 ms are 1.3 s, more than anybody wants to wait. Further ones are discarded. */
#define AHOY_JITTER_MAX_PACKETS 64
/* Packets whose delay the jitter buffer remembers: ten seconds of 20 ms, what a Wi-Fi's or a mobile cell's moods last. */
#define AHOY_DELAY_WINDOW 512
/* Payload of one audio packet in the jitter buffer: 60 ms of 16-bit PCM at 8 kHz; larger ones count as malformed. */
#define AHOY_JITTER_MAX_PAYLOAD 960
/* The room's echo that is cancelled: 250 ms is a meeting room; the canceller's cost grows with it. More: AHOY_ERANGE. */
#define AHOY_DSP_MAX_ECHO_MS 250
/* Frames played that wait for the microphone's frame of the same moment. More: the oldest is forgotten. */
#define AHOY_DSP_MAX_PLAYED 16
/* Tones of all countries in a tone file: fifty countries of five. More: the file is refused with the line's number. */
#define AHOY_MAX_CALL_TONES 256
/* DTMF keys that wait to be sent, or to be fetched. More: AHOY_EFULL, and the oldest received one is dropped. */
#define AHOY_MAX_DTMF_QUEUE 64

/* What the trace keeps of one message, bytes: a ladder needs the head and the first lines of the SDP. The rest is cut off. */
#define AHOY_TRACE_MAX_MESSAGE 8192
/* The smallest trace ring: a few messages of the largest kept size. Smaller: AHOY_EINVAL. */
#define AHOY_TRACE_MIN_BYTES 65536
/* Messages and endpoints of one ladder. The first messages and endpoints are drawn; a line says how many were left out. */
#define AHOY_LADDER_MAX_MESSAGES 512
#define AHOY_LADDER_MAX_ENDPOINTS 12

/* Lines, folded ones included, in the head of a message: on a stream it bounds what looking again at half a head
 * costs. More: 400, and a stream is closed. */
#define AHOY_MAX_HEAD_LINES 1024
/* Addresses of one host name that are tried in turn (RFC 3263 4.3); the rest is left aside. */
#define AHOY_MAX_TARGET_ADDRS 16

/* Records of one DNS answer that are looked at: more than any domain has servers. The rest is left aside. */
#define AHOY_DNS_MAX_ADDRESSES 16
#define AHOY_DNS_MAX_SRVS 16
#define AHOY_DNS_MAX_NAPTRS 8
/* DNS answers that are kept, 4.3 KB each. Full: the one that is over first makes room. */
#define AHOY_DNS_MAX_CACHED 64
/* Seconds that an answer is kept at the most, whatever its TTL: a wrong record must not stay for a week. */
#define AHOY_DNS_MAX_TTL_S 3600
/* Seconds that "no such record" is kept (RFC 2308 5 wants it bounded): a typing error that is mended in the zone. */
#define AHOY_DNS_NEGATIVE_S 30
/* Services of one domain that are asked for (UDP, TCP, TLS, and WebSocket twice). */
#define AHOY_LOCATE_MAX_SERVICES 5
/* Questions for one URI: NAPTR, an SRV for each of five services, the addresses of eight targets and of the host. */
#define AHOY_LOCATE_MAX_QUESTIONS 16
/* Servers that are tried last because they failed, and for how long, in seconds: long enough that the next few calls
 * are not held up, short enough that a restarted server is used again. Longer Retry-Afters are cut to the second. */
#define AHOY_MAX_BLACKLISTED 32
#define AHOY_BLACKLIST_S 60
#define AHOY_BLACKLIST_MAX_S 600

/* Transactions of one worker: 32 s of 4,000 requests a second. Full: 503 with Retry-After, without state. */
#define AHOY_MAX_TRANSACTIONS 131072
/* Calls (dialogs) of one user agent; a call through the server takes two. Full: 503 with Retry-After. */
#define AHOY_MAX_CALLS 32768
/* Route headers of a dialog's route set; more: 400. */
#define AHOY_MAX_ROUTES 16
/* Addresses tried for one target (RFC 3263 4.3), in their order. */
#define AHOY_MAX_TARGETS 8
/* Port pairs that stand open before a call needs them; refilled when fewer are left. */
#define AHOY_WARM_PAIRS 64
/* Calls that the server answers itself (the echo): 120 KB each with one codec, 310 KB where all are agreed on, so 31 MB, and
 * 50 packets a second each. Full: 503 with Retry-After. */
#define AHOY_MAX_SERVICE_CALLS 100
/* Calls whose codecs are changed on the way: two of the same. More: the callee's 488 stands. */
#define AHOY_MAX_TRANSCODED_CALLS 100
/* Of one user: who tries his desk phone and his mobile phone at once needs two, a program gone wild may not take all.
 * More: 486. */
#define AHOY_MAX_USER_SERVICE_CALLS 2
/* Requests that wait for an answer of the store. Full: 503. */
#define AHOY_MAX_PARKED 4096

/* Realm of the digest, bytes; longer ones are refused at the start. */
#define AHOY_MAX_REALM 128
/* How long a nonce is good after its minting: longer than a phone's usual refresh (60 s), shorter than anybody wants
 * a sniffed one to be. Then: stale=true. */
#define AHOY_NONCE_LIFE_S 300
/* Nonces whose count (nc) is remembered, 24 bytes each. At 100 new logins a second all 300 s of them; above that the
 * oldest is forgotten: stale=true. */
#define AHOY_MAX_NONCES 32768

/* Call-ID, User-Agent and +sip.instance kept with a binding, bytes. A longer Call-ID or instance: 400; a longer User-Agent is cut. */
#define AHOY_MAX_CALL_ID 255
#define AHOY_MAX_USER_AGENT 120
#define AHOY_MAX_INSTANCE 120
/* Path of a binding (RFC 3327), bytes: four proxies that say much of themselves. Longer: 400. */
#define AHOY_MAX_PATH 500
/* Bindings of all users. More: 503 with Retry-After. */
#define AHOY_MAX_BINDINGS 2000000
/* Changes of bindings that wait for the store, of all users and of one. More: 503 with Retry-After. */
#define AHOY_MAX_PENDING_SAVES 8192
#define AHOY_MAX_USER_PENDING_SAVES 8
/* Bindings that expire in one call, so that a mass expiry does not hold up calls; the rest in the next calls. */
#define AHOY_REGISTRAR_SWEEP 256
/* NATs forget a UDP flow after 30 s at the least (RFC 4787 4.3 asks for 120, many take 30). */
#define AHOY_KEEPALIVE_S 25

/* Answers that a source address gets without digest (challenges, OPTIONS): an office of 200 phones behind one NAT that all come back
 * after a power cut ask for REGISTER, SUBSCRIBE and MESSAGE at once. More are dropped and counted. */
#define AHOY_RATE_OPEN_BURST 1000
#define AHOY_RATE_OPEN_PER_S 200
/* Wrong passwords from a source address: all 200 phones of such an office may try an old password once at the same moment, and some of them
 * twice a minute from then on. More are dropped, and so is everything else from that address that carries credentials, until a token is
 * there again; 172,800 tries a day remain, which no generated password minds. */
#define AHOY_RATE_FAILURE_BURST 200
#define AHOY_RATE_FAILURE_PER_S 2
/* Source addresses (IPv6: /64 networks) whose buckets are kept. Full: the one that was silent longest is forgotten. */
#define AHOY_MAX_RATE_SOURCES 16384
/* TCP connections of one worker, a descriptor and some 1.5 KB each: an office's phones many times over. More are closed
 * as soon as they are accepted, and counted. */
#define AHOY_TCP_MAX_CONNECTIONS 8192
/* Of one source address (IPv6: /64 network): an office of 200 phones behind one NAT, each of which may open a second
 * connection before its first has gone. More are closed likewise. --no-rate-limits lifts it. */
#define AHOY_TCP_MAX_PER_SOURCE 512
/* What waits to be sent on one connection, bytes: four of the largest messages. A quarter of it, and nothing more is
 * read from that peer; all of it, and the connection is closed: what is under way on it fails with 503. */
#define AHOY_TCP_MAX_QUEUE 262144
/* Seconds: to open a connection (a SYN is repeated after one and three), before UDP or the next address is tried. */
#define AHOY_TCP_CONNECT_S 5
/* From the first byte of a message to its last: 64 KB in ten seconds is a slow modem. Then 400, and closed. */
#define AHOY_TCP_MESSAGE_S 10
/* From a peer's connecting to its first message: phones that connect register at once. Then closed. */
#define AHOY_TCP_SILENT_S 30
/* Without a byte, while nobody has vouched for the peer (no request of its was authenticated): the 64*T1 = 32 s for
 * which RFC 3261 18 wants a connection kept, and as much again. Then closed. */
#define AHOY_TCP_IDLE_S 64
/* Without a byte, of a peer that is vouched for: longer than a registration of an hour lasts. The kernel asks whether
 * the peer is still there every 25 s, and answers for it, so that a NAT's mapping stays. */
#define AHOY_TCP_KEPT_S 7200
/* From a connection to the end of its TLS or WebSocket handshake: a slow phone needs two seconds. Then closed. */
#define AHOY_TCP_HANDSHAKE_S 10
/* Names that peers of ours have to prove in TLS, of one program: a phone knows its registrar, a proxy and whom it calls.
 * For more there is no connection. */
#define AHOY_TCP_MAX_NAMES 256
/* How long answers may follow a peer's FIN: a look-up in the store, not a call. */
#define AHOY_TCP_HALF_CLOSED_S 10
/* Between two pings of a phone (RFC 5626 4.4.1: 95 to 120). */
#define AHOY_TCP_PING_S 100
/* In which a ping is answered (4.4.1), by a peer that ever answered one. Else the connection is dead. */
#define AHOY_TCP_PONG_S 10

/* Unknown attributes of a STUN request that its 420 names; further ones are left out. */
#define AHOY_STUN_MAX_UNKNOWN 8

#endif

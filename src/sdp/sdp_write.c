#include "sdp/sdp.h"
#include "sdp/text.h"

static void put_line(ahoy_buf *b, const char *prefix, ahoy_slice value)
{
	ahoy_buf_str(b, prefix);
	ahoy_buf_put(b, value);
	ahoy_buf_str(b, "\r\n");
}

static void put_conn(ahoy_buf *b, const ahoy_sdp_conn *conn)
{
	/* A host name carries no family; IP4 is what the parser and every peer take it for. */
	put_line(b, conn->addr.family == 6 ? "c=IN IP6 " : "c=IN IP4 ", conn->address);
}

static void put_attrs(ahoy_buf *b, const ahoy_sdp *sdp, ahoy_sdp_run run)
{
	for (size_t i = run.first; i < (size_t)run.first + run.count; i++) {
		ahoy_buf_str(b, "a=");
		ahoy_buf_put(b, sdp->attr[i].name);
		if (sdp->attr[i].value.ptr) {
			ahoy_buf_char(b, ':');
			ahoy_buf_put(b, sdp->attr[i].value);
		}
		ahoy_buf_str(b, "\r\n");
	}
}

static void put_media(ahoy_buf *b, const ahoy_sdp *sdp, const ahoy_sdp_media *m)
{
	ahoy_buf_str(b, "m=");
	ahoy_buf_put(b, m->type);
	ahoy_buf_fmt(b, " %u", m->port);
	if (m->port_count > 1)
		ahoy_buf_fmt(b, "/%u", m->port_count);
	ahoy_buf_char(b, ' ');
	ahoy_buf_put(b, m->proto);
	for (size_t i = 0; i < m->formats.count; i++) {
		ahoy_buf_char(b, ' ');
		ahoy_buf_put(b, sdp->formats[m->formats.first + i]);
	}
	ahoy_buf_str(b, "\r\n");
	if (m->has_conn)
		put_conn(b, &m->conn);
	ahoy_sdp_put_bandwidths(b, sdp, m->bandwidths);
	put_attrs(b, sdp, m->attrs);
}

void ahoy_sdp_write(const ahoy_sdp *sdp, ahoy_buf *b)
{
	ahoy_buf_str(b, "v=0\r\no=");
	ahoy_buf_put(b, sdp->username);
	ahoy_buf_char(b, ' ');
	ahoy_buf_put(b, sdp->sess_id);
	ahoy_buf_char(b, ' ');
	ahoy_buf_put(b, sdp->sess_version);
	put_line(b, sdp->origin_ip6 ? " IN IP6 " : " IN IP4 ", sdp->origin_address);
	put_line(b, "s=", sdp->session_name);
	if (sdp->conn.address.len)
		put_conn(b, &sdp->conn);
	ahoy_sdp_put_bandwidths(b, sdp, sdp->bandwidths);
	ahoy_buf_str(b, "t=");
	ahoy_buf_put(b, sdp->t_start);
	put_line(b, " ", sdp->t_stop);
	put_attrs(b, sdp, sdp->attrs);
	for (size_t i = 0; i < sdp->media_count; i++)
		put_media(b, sdp, &sdp->media[i]);
}

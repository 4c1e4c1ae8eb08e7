#include "phone/ui_model.h"
#include "rtp/telephone_event.h"

enum {
	TAB = 9,
	ENTER = 10,
	RETURN = 13,
	CTRL_G = 7,
	CTRL_L = 12,
	ESCAPE = 27
};

/* The one table: letter, the word that the plain face takes too, what the help says. Letters as baresip's and pjsua's users
 * know them. */
static const struct {
	char key;
	const char *word, *takes, *help;
} table[] = {
	{'d', "dial", " NUMBER", "call a number or URI (Tab completes, arrows recall)"},
	{'a', "answer", " [CALL]", "answer (also Enter); the call before is put on hold"},
	{'h', "hangup", " [CALL]", "hang up, or refuse as busy (also b)"},
	{'x', "hold", " [CALL]", "put the far end on hold (also H)"},
	{'r', "resume", " [CALL]", "take it back, and put the others on hold (also X, v)"},
	{'w', "swap", "", "the other call: take it back, put this one on hold"},
	{'m', "mute", " [CALL]", "mute, unmute"},
	{'0', "keys", " DIGITS", "0-9 * # in a call are sent as DTMF"},
	{'n', "next", "", "select the next call (also Tab, arrows, ])"},
	{'s', "message", " NUMBER TEXT", "send a text (also i)"},
	{'A', "account", "", "the next account makes the calls"},
	{'t', "ladder", "", "the selected call's messages"},
	{'l', "log", "", "what happened, texts too"},
	{'c', "calls", "", "calls that were"},
	{'?', "help", "", "these keys"},
	{'q', "quit", "", "hang up, unregister, leave (also Ctrl-C)"},
};
enum {
	KEYS = sizeof table / sizeof *table
};

bool ahoy_ui_put_help(ahoy_buf *b, size_t line)
{
	char left[40];
	ahoy_buf l = ahoy_buf_over(left, sizeof left);

	if (line >= KEYS)
		return false;
	ahoy_buf_fmt(&l, "%c  %s%s", table[line].key, table[line].word, table[line].takes);
	ahoy_buf_fmt(b, "%-24s %s", ahoy_buf_cstr(&l), table[line].help);
	return true;
}

static char same_as(uint32_t key)
{
	switch (key) {
	case 'b':
		return 'h';
	case 'H':
		return 'x';
	case 'X':
	case 'v':
		return 'r';
	case 'i':
		return 's';
	case ']':
	case TAB:
	case AHOY_UI_KEY_DOWN:
	case AHOY_UI_KEY_RIGHT:
		return 'n';
	default:
		return key < 0x80 ? (char)key : '\0';
	}
}

static ahoy_ui_action nothing(ahoy_ui_model *m, const char *why)
{
	ahoy_ui_notice(m, ahoy_slice_of(why));
	return (ahoy_ui_action){.kind = AHOY_UI_DO_NOTHING};
}

static ahoy_ui_action with_call(ahoy_ui_model *m, ahoy_ui_action_kind kind)
{
	if (!ahoy_ui_selected(m))
		return nothing(m, "there is no call");
	return (ahoy_ui_action){.kind = kind, .call = m->selected};
}

static ahoy_ui_action with_live_call(ahoy_ui_model *m, ahoy_ui_action_kind kind)
{
	const ahoy_ui_call *call = ahoy_ui_selected(m);

	if (call && call->state != AHOY_UI_UP)
		return nothing(m, "the call is not answered yet");
	return with_call(m, kind);
}

static ahoy_ui_action answer(ahoy_ui_model *m)
{
	unsigned place;

	if (!ahoy_ui_incoming(m, &place))
		return nothing(m, "nobody calls");
	m->selected = place;
	return (ahoy_ui_action){.kind = AHOY_UI_DO_ANSWER, .call = place};
}

static void select_next(ahoy_ui_model *m, unsigned step)
{
	for (unsigned i = 1; i < AHOY_UI_CALLS; i++) {
		unsigned place = (m->selected + i * step) % AHOY_UI_CALLS;

		if (m->calls[place].state == AHOY_UI_FREE)
			continue;
		m->selected = place;
		return;
	}
}

static ahoy_ui_action swap(ahoy_ui_model *m)
{
	for (unsigned i = 1; i < AHOY_UI_CALLS; i++) {
		unsigned place = (m->selected + i) % AHOY_UI_CALLS;

		if (m->calls[place].state != AHOY_UI_UP)
			continue;
		m->selected = place;
		return (ahoy_ui_action){.kind = AHOY_UI_DO_RESUME, .call = place};
	}
	return nothing(m, "there is no other call");
}

static ahoy_ui_action send_keys(ahoy_ui_model *m, ahoy_slice keys)
{
	for (size_t i = 0; i < keys.len; i++)
		if (keys.ptr[i] == 'F' || keys.ptr[i] == 'f' || ahoy_telephone_event_of(keys.ptr[i]) < 0)
			return nothing(m, "keys are 0-9 * # A-D");
	if (!keys.len || ahoy_slice_cstr(keys, m->text, sizeof m->text))
		return nothing(m, "which keys?");
	return (ahoy_ui_action){.kind = AHOY_UI_DO_KEYS, .call = m->selected, .text = m->text};
}

static ahoy_ui_action dial(ahoy_ui_model *m, ahoy_slice target)
{
	target = ahoy_slice_trim(target);
	if (!target.len || ahoy_slice_cstr(target, m->text, sizeof m->text))
		return nothing(m, "whom to call?");
	ahoy_ui_history_add(&m->history, target);
	return (ahoy_ui_action){.kind = AHOY_UI_DO_DIAL, .text = m->text};
}

/* To m->target. */
static ahoy_ui_action message(ahoy_ui_model *m, ahoy_slice text)
{
	if (!m->target[0] || !text.len || ahoy_slice_cstr(text, m->text, sizeof m->text))
		return nothing(m, "to whom, and what? nothing was sent");
	return (ahoy_ui_action){.kind = AHOY_UI_DO_MESSAGE, .text = m->text, .target = m->target};
}

/* What means the same in both faces. */
static ahoy_ui_action act(ahoy_ui_model *m, char letter)
{
	switch (letter) {
	case 'a':
		return answer(m);
	case 'h':
		return with_call(m, AHOY_UI_DO_HANGUP);
	case 'x':
		return with_live_call(m, AHOY_UI_DO_HOLD);
	case 'r':
		return with_live_call(m, AHOY_UI_DO_RESUME);
	case 'm':
		return with_call(m, AHOY_UI_DO_MUTE);
	case 'w':
		return swap(m);
	case 'n':
		select_next(m, 1);
		break;
	case 'A':
		m->account = m->account_count ? (m->account + 1) % (unsigned)m->account_count : 0;
		break;
	case 'q':
		return (ahoy_ui_action){.kind = AHOY_UI_DO_QUIT};
	default:
		return nothing(m, "this key means nothing here; ? shows those that do");
	}
	return (ahoy_ui_action){.kind = AHOY_UI_DO_NOTHING};
}

/* ---- the screen ---- */

static void type(ahoy_ui_model *m, ahoy_ui_mode mode, ahoy_slice text)
{
	m->mode = mode;
	m->line = (ahoy_ui_line){.len = 0};
	ahoy_ui_line_set(&m->line, text);
}

static ahoy_ui_action typed(ahoy_ui_model *m)
{
	ahoy_ui_mode mode = m->mode;
	ahoy_slice text = ahoy_slice_of(m->line.text);

	m->mode = AHOY_UI_MODE_KEYS;
	if (mode == AHOY_UI_MODE_DIAL)
		return dial(m, text);
	if (mode == AHOY_UI_MODE_MESSAGE_TEXT)
		return message(m, text);
	text = ahoy_slice_trim(text);
	if (!text.len || ahoy_slice_cstr(text, m->target, sizeof m->target))
		return nothing(m, "to whom? nothing was sent");
	type(m, AHOY_UI_MODE_MESSAGE_TEXT, AHOY_S(""));
	return (ahoy_ui_action){.kind = AHOY_UI_DO_NOTHING};
}

static ahoy_ui_action typing(ahoy_ui_model *m, uint32_t key)
{
	if (key == ENTER || key == RETURN)
		return typed(m);
	if (key == ESCAPE || key == CTRL_G)
		m->mode = AHOY_UI_MODE_KEYS;
	else
		ahoy_ui_line_key(&m->line, key, m->mode == AHOY_UI_MODE_MESSAGE_TEXT ? NULL : &m->history);
	return (ahoy_ui_action){.kind = AHOY_UI_DO_NOTHING};
}

/* The same key again goes back to the ladder. */
static void show_pane(ahoy_ui_model *m, ahoy_ui_pane pane)
{
	m->pane = m->pane == pane ? AHOY_UI_PANE_LADDER : pane;
}

static bool is_up(const ahoy_ui_model *m)
{
	return m->calls[m->selected].state == AHOY_UI_UP;
}

static bool is_dtmf(uint32_t key)
{
	return (key >= '0' && key <= '9') || key == '*' || key == '#';
}

static ahoy_ui_action key_of_dial(ahoy_ui_model *m, uint32_t key)
{
	const char text[1] = {(char)key};

	if (is_up(m))
		return send_keys(m, ahoy_slice_make(text, 1));
	type(m, AHOY_UI_MODE_DIAL, ahoy_slice_make(text, 1));
	return (ahoy_ui_action){.kind = AHOY_UI_DO_NOTHING};
}

ahoy_ui_action ahoy_ui_key(ahoy_ui_model *m, uint32_t key)
{
	const ahoy_ui_call *call = ahoy_ui_selected(m);
	unsigned place;

	if (key == CTRL_L)
		return (ahoy_ui_action){.kind = AHOY_UI_DO_REDRAW};
	if (m->mode != AHOY_UI_MODE_KEYS)
		return typing(m, key);
	m->notice[0] = '\0';
	if (is_dtmf(key))
		return key_of_dial(m, key);
	switch (key) {
	case ENTER:
	case RETURN:
		if (ahoy_ui_incoming(m, &place))
			return answer(m);
		type(m, AHOY_UI_MODE_DIAL, AHOY_S(""));
		break;
	case 'd':
	case '+':
		type(m, AHOY_UI_MODE_DIAL, key == '+' ? AHOY_S("+") : AHOY_S(""));
		break;
	case 's':
	case 'i':
		type(m, AHOY_UI_MODE_MESSAGE_TO, ahoy_slice_of(call ? call->peer : ""));
		break;
	case AHOY_UI_KEY_UP:
	case AHOY_UI_KEY_LEFT:
	case AHOY_UI_KEY_BACK_TAB:
	case '[':
		select_next(m, AHOY_UI_CALLS - 1);
		break;
	case 't':
	case ESCAPE:
		m->pane = AHOY_UI_PANE_LADDER;
		break;
	case 'l':
		show_pane(m, AHOY_UI_PANE_LOG);
		break;
	case 'c':
		show_pane(m, AHOY_UI_PANE_HISTORY);
		break;
	case '?':
		show_pane(m, AHOY_UI_PANE_HELP);
		break;
	default:
		return act(m, same_as(key));
	}
	return (ahoy_ui_action){.kind = AHOY_UI_DO_NOTHING};
}

/* ---- lines ---- */

static char letter_of(ahoy_slice word)
{
	if (word.len == 1)
		return same_as((unsigned char)word.ptr[0]);
	for (size_t i = 0; i < KEYS; i++)
		if (ahoy_slice_ieq(word, ahoy_slice_of(table[i].word)))
			return table[i].key;
	return '\0';
}

/* "2" behind a word selects that call. */
static bool select_call(ahoy_ui_model *m, ahoy_slice number)
{
	uint32_t n;

	if (!number.len)
		return true;
	if (ahoy_slice_u32(number, AHOY_UI_CALLS, &n) || n == 0 || m->calls[n - 1].state == AHOY_UI_FREE) {
		nothing(m, "there is no such call");
		return false;
	}
	m->selected = n - 1;
	return true;
}

ahoy_ui_action ahoy_ui_command(ahoy_ui_model *m, ahoy_slice line, char *show)
{
	ahoy_slice word, rest, target;
	char letter;

	*show = '\0';
	m->notice[0] = '\0';
	line = ahoy_slice_trim(line);
	ahoy_slice_cut(line, ' ', &word, &rest);
	rest = ahoy_slice_trim(rest);
	if (!line.len)
		return answer(m);
	if (is_dtmf((unsigned char)word.ptr[0]))
		return is_up(m) ? send_keys(m, line) : dial(m, line);
	letter = letter_of(word);
	switch (letter) {
	case 'd':
		return dial(m, rest);
	case '0':
		return is_up(m) ? send_keys(m, rest) : with_live_call(m, AHOY_UI_DO_KEYS);
	case 's':
		ahoy_slice_cut(rest, ' ', &target, &rest);
		if (ahoy_slice_cstr(target, m->target, sizeof m->target))
			return nothing(m, "to whom? nothing was sent");
		return message(m, ahoy_slice_trim(rest));
	case 't':
	case 'l':
	case 'c':
	case '?':
		*show = letter;
		return (ahoy_ui_action){.kind = AHOY_UI_DO_NOTHING};
	default:
		return select_call(m, rest) ? act(m, letter) : (ahoy_ui_action){.kind = AHOY_UI_DO_NOTHING};
	}
}

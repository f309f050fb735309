#include "api/pattern.h"

#include <string.h>

/* --- compiling
 * ---------------------------------------------------------------- */

struct parser {
	struct text rest;
	struct pattern *pattern;
	const char *why; /* not NULL: it is no pattern */
	unsigned depth;
};

static void fail(struct parser *parser, const char *why)
{
	if (!parser->why)
		parser->why = why;
	parser->rest.len = 0;
}

static bool at(const struct parser *parser, char c)
{
	return parser->rest.len > 0 && *parser->rest.ptr == c;
}

static char take(struct parser *parser)
{
	parser->rest.len--;
	return *parser->rest.ptr++;
}

static uint16_t add(struct parser *parser, enum pattern_op op, size_t first,
		    size_t second)
{
	struct pattern *pattern = parser->pattern;

	if (pattern->step_count == PATTERN_STEPS_MAX) {
		fail(parser, "is too large");
		return 0;
	}
	pattern->steps[pattern->step_count] =
		(struct pattern_step){ (uint8_t)op, (uint16_t)first,
				       (uint16_t)second };
	return (uint16_t)pattern->step_count++;
}

/* Makes room before what was just compiled, whose own steps move on by one. */
static bool insert(struct parser *parser, size_t where, enum pattern_op op)
{
	struct pattern *pattern = parser->pattern;
	struct pattern_step *steps = pattern->steps;

	if (pattern->step_count == PATTERN_STEPS_MAX) {
		fail(parser, "is too large");
		return false;
	}
	memmove(&steps[where + 1], &steps[where],
		(pattern->step_count - where) * sizeof(*steps));
	pattern->step_count++;
	for (size_t i = where + 1; i < pattern->step_count; i++) {
		bool has_ways = steps[i].op == PATTERN_SPLIT ||
				steps[i].op == PATTERN_JUMP;

		if (has_ways && steps[i].first >= where)
			steps[i].first++;
		if (steps[i].op == PATTERN_SPLIT && steps[i].second >= where)
			steps[i].second++;
	}
	steps[where] = (struct pattern_step){ (uint8_t)op, 0, 0 };
	return true;
}

/* --- sets of bytes
 * -------------------------------------------------------------- */

static void set(uint64_t bits[4], unsigned byte)
{
	bits[byte / 64] |= UINT64_C(1) << (byte % 64);
}

static bool has(const uint64_t bits[4], unsigned byte)
{
	return bits[byte / 64] >> (byte % 64) & 1;
}

static void set_range(uint64_t bits[4], unsigned from, unsigned to)
{
	for (unsigned byte = from; byte <= to; byte++)
		set(bits, byte);
}

static void set_named(uint64_t bits[4], char name)
{
	switch (name) {
	case 'd':
		set_range(bits, '0', '9');
		break;
	case 'w':
		set_range(bits, '0', '9');
		set_range(bits, 'a', 'z');
		set_range(bits, 'A', 'Z');
		set(bits, '_');
		break;
	case 's':
		set_range(bits, '\t', '\r');
		set(bits, ' ');
		break;
	default:
		set(bits, (unsigned char)name);
	}
}

/* Behind a backslash. */
static void set_escaped(struct parser *parser, uint64_t bits[4])
{
	uint64_t named[4] = { 0 };
	char name;

	if (parser->rest.len == 0) {
		fail(parser, "ends with a backslash");
		return;
	}
	name = take(parser);
	if (name != '\0' && strchr("DWS", name)) {
		set_named(named, ascii_lower(name));
		for (size_t i = 0; i < 4; i++)
			bits[i] |= ~named[i];
	} else if (name >= '0' && name <= '9') {
		fail(parser, "must not refer back with a backslash and digit");
	} else {
		set_named(bits, name);
	}
}

/* Behind a [. */
static void set_listed(struct parser *parser, uint64_t bits[4])
{
	bool is_negated = at(parser, '^'), is_first = true;

	if (is_negated)
		take(parser);
	while (is_first ? parser->rest.len > 0
			: parser->rest.len > 0 && !at(parser, ']')) {
		unsigned from = (unsigned char)take(parser);

		is_first = false;
		if (from == '\\') {
			set_escaped(parser, bits);
		} else if (parser->rest.len > 1 && at(parser, '-') &&
			   parser->rest.ptr[1] != ']') {
			unsigned to;

			take(parser);
			to = (unsigned char)take(parser);
			if (to < from || to == '\\')
				fail(parser, "has a range that ends before it "
					     "begins");
			else
				set_range(bits, from, to);
		} else {
			set(bits, from);
		}
	}
	if (!at(parser, ']'))
		fail(parser, "has a [ without its ]");
	else
		take(parser);
	for (size_t i = 0; is_negated && i < 4; i++)
		bits[i] = ~bits[i];
}

/* --- expressions
 * ------------------------------------------------------------------ */

static void parse_choice(struct parser *parser);

static void parse_class(struct parser *parser, char c)
{
	struct pattern *pattern = parser->pattern;
	uint64_t *bits = pattern->classes[pattern->class_count];

	if (c == '.')
		set_range(bits, 0, 255);
	else if (c == '[')
		set_listed(parser, bits);
	else if (c == '\\')
		set_escaped(parser, bits);
	else
		set(bits, (unsigned char)c);
	add(parser, PATTERN_CLASS, pattern->class_count++, 0);
}

static void parse_bracket(struct parser *parser)
{
	bool is_first = !parser->pattern->has_bracket;

	if (++parser->depth > PATTERN_DEPTH_MAX) {
		fail(parser, "has too many brackets in each other");
		return;
	}
	parser->pattern->has_bracket = true;
	if (is_first)
		add(parser, PATTERN_OPEN, 0, 0);
	parse_choice(parser);
	if (is_first)
		add(parser, PATTERN_CLOSE, 0, 0);
	if (!at(parser, ')'))
		fail(parser, "has a ( without its )");
	else
		take(parser);
	parser->depth--;
}

static void parse_atom(struct parser *parser)
{
	char c = take(parser);

	if (c == '(')
		parse_bracket(parser);
	else if (c == '^')
		add(parser, PATTERN_START, 0, 0);
	else if (c == '$')
		add(parser, PATTERN_END, 0, 0);
	else if (c == '*' || c == '+' || c == '?')
		fail(parser, "repeats nothing");
	else if (c == '{' || c == '}')
		fail(parser, "must not count with braces; write \\{ for one");
	else
		parse_class(parser, c);
}

/* What was compiled from `from` on, as often as c says. */
static void repeat(struct parser *parser, size_t from, char c)
{
	struct pattern *pattern = parser->pattern;
	bool is_lazy = at(parser, '?');
	size_t into, past, split = from;

	if (is_lazy)
		take(parser);
	if (c == '+') {
		split = add(parser, PATTERN_SPLIT, 0, 0);
		into = from;
	} else {
		if (!insert(parser, from, PATTERN_SPLIT))
			return;
		into = from + 1;
	}
	if (c == '*')
		add(parser, PATTERN_JUMP, from, 0);
	past = pattern->step_count;
	pattern->steps[split].first = (uint16_t)(is_lazy ? past : into);
	pattern->steps[split].second = (uint16_t)(is_lazy ? into : past);
}

static void parse_sequence(struct parser *parser)
{
	while (parser->rest.len > 0 && !at(parser, '|') && !at(parser, ')')) {
		size_t from = parser->pattern->step_count;

		parse_atom(parser);
		if (parser->rest.len > 0 &&
		    (at(parser, '*') || at(parser, '+') || at(parser, '?')))
			repeat(parser, from, take(parser));
	}
}

static void parse_choice(struct parser *parser)
{
	struct pattern *pattern = parser->pattern;
	size_t from = pattern->step_count, jump;

	parse_sequence(parser);
	if (!at(parser, '|'))
		return;
	take(parser);
	if (++parser->depth > 4 * PATTERN_DEPTH_MAX) {
		fail(parser, "has too many alternatives");
		return;
	}
	if (!insert(parser, from, PATTERN_SPLIT))
		return;
	jump = add(parser, PATTERN_JUMP, 0, 0);
	pattern->steps[from].first = (uint16_t)(from + 1);
	pattern->steps[from].second = (uint16_t)pattern->step_count;
	parse_choice(parser);
	pattern->steps[jump].first = (uint16_t)pattern->step_count;
	parser->depth--;
}

const char *pattern_compile(struct text text, struct pattern *ret_pattern)
{
	struct parser parser = { .rest = text, .pattern = ret_pattern };

	memset(ret_pattern, 0, sizeof(*ret_pattern));
	if (text.len == 0)
		return "must not be empty";
	if (text.len > PATTERN_TEXT_MAX)
		return "must be at most 200 bytes long";
	parse_choice(&parser);
	if (parser.rest.len > 0)
		fail(&parser, "has a ) without its (");
	add(&parser, PATTERN_MATCH, 0, 0);
	return parser.why;
}

/* --- finding
 * ----------------------------------------------------------------------- */

enum {
	NOWHERE = -1,
};

/* Where a way through the pattern has come from. */
struct way {
	uint16_t step;
	int32_t start, open, close;
};

/* The ways that are followed, in order of preference; each step once. */
struct ways {
	struct way list[PATTERN_STEPS_MAX];
	size_t count;
	uint32_t seen[PATTERN_STEPS_MAX]; /* in which round */
};

struct search {
	const struct pattern *pattern;
	struct text text;
	size_t at;
	uint32_t round;
	struct way found; /* start NOWHERE: none yet */
};

/* Follows what takes no byte, up to what does; an explicit stack, as a pattern
 * is somebody's input. */
static void follow(const struct search *search, struct ways *ways,
		   struct way way)
{
	struct way stack[PATTERN_STEPS_MAX];
	size_t depth = 0;

	stack[depth++] = way;
	while (depth > 0) {
		const struct pattern_step *step;

		way = stack[--depth];
		step = &search->pattern->steps[way.step];
		if (ways->seen[way.step] == search->round)
			continue;
		ways->seen[way.step] = search->round;
		if (step->op == PATTERN_CLASS || step->op == PATTERN_MATCH) {
			ways->list[ways->count++] = way;
			continue;
		}
		if ((step->op == PATTERN_START && search->at != 0) ||
		    (step->op == PATTERN_END && search->at != search->text.len))
			continue;
		if (step->op == PATTERN_OPEN)
			way.open = (int32_t)search->at;
		if (step->op == PATTERN_CLOSE)
			way.close = (int32_t)search->at;
		if (step->op == PATTERN_SPLIT) {
			stack[depth] = way;
			stack[depth++].step = step->second;
		}
		way.step = step->op == PATTERN_SPLIT || step->op == PATTERN_JUMP
				   ? step->first
				   : (uint16_t)(way.step + 1);
		stack[depth++] = way;
	}
}

/* One byte further along every way; what is behind a match is not preferred to
 * it. */
static void advance(struct search *search, const struct ways *now,
		    struct ways *next)
{
	bool has_byte = search->at < search->text.len;
	unsigned byte = has_byte ? (unsigned char)search->text.ptr[search->at]
				 : 0;

	next->count = 0;
	search->at++;
	search->round++;
	for (size_t i = 0; i < now->count; i++) {
		struct way way = now->list[i];
		const struct pattern_step *step =
			&search->pattern->steps[way.step];

		if (step->op == PATTERN_MATCH) {
			search->found = way;
			if (!search->pattern->has_bracket) {
				search->found.open = way.start;
				search->found.close = (int32_t)search->at - 1;
			}
			return;
		}
		if (has_byte &&
		    has(search->pattern->classes[step->first], byte)) {
			way.step++;
			follow(search, next, way);
		}
	}
}

bool pattern_find(const struct pattern *pattern, struct text text,
		  struct text *ret_found)
{
	struct search search = { .pattern = pattern,
				 .text = text,
				 .round = 1,
				 .found = { .start = NOWHERE } };
	struct ways ways[2] = { { .count = 0 }, { .count = 0 } };
	size_t now = 0;

	for (size_t i = 0; i <= text.len; i++) {
		/* A match further left goes before one that begins here. */
		if (search.found.start == NOWHERE)
			follow(&search, &ways[now],
			       (struct way){ 0, (int32_t)i, NOWHERE, NOWHERE });
		if (ways[now].count == 0 && search.found.start != NOWHERE)
			break;
		advance(&search, &ways[now], &ways[1 - now]);
		now = 1 - now;
	}
	if (search.found.open == NOWHERE || search.found.close == NOWHERE ||
	    search.found.start == NOWHERE)
		return false;
	*ret_found = (struct text){ text.ptr + search.found.open,
				    (size_t)(search.found.close -
					     search.found.open) };
	return true;
}

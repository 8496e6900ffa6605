package authtest

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sojourn-dev/sojourn/auth"
)

var nameChecks = []check{
	{"NamesAreKept", namesAreKept},
	{"LongNamesAreKept", longNamesAreKept},
	{"KeysAreApart", keysAreApart},
	{"StrangeNamesAreNobodys", strangeNamesAreNobodys},
}

// namesAreKept stores names as people have them, which come back as they were:
// in their spelling, composed or not, in every script, and with what is not seen.
func namesAreKept(t *testing.T, accounts auth.Accounts) {
	var created []auth.Account
	for i, name := range []string{
		"Ada Lovelace", "ada@example.com", "O'Brien", `"Bobby"; DROP TABLE users;--`, "a\\b", "$ne", "{\"$gt\":\"\"}",
		"Zoë", "Zoe\u0308 2", "Ｗｉｄｅ", "Ångström", "Грета", "Ελένη", "李小龍", "さくら", "김유신", "राधा", "محمد", "שרה",
		"👩‍🚀", "👩🏽‍💻 Eve", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "a\u200db", "I\u0307stanbul", "ﬁn", "Ⅷ", "null", "true", "0", "-1", "1e3", "[object Object]",
		"__proto__", "constructor", "a.b", ".", "*", "?", "%", "_", "<b>x</b>", "&amp;", "a  b", "\u202fnarrow\u00a0x",
	} {
		created = append(created, create(t, accounts, named(strings.TrimSpace(name), i)))
	}
	for _, a := range created {
		wantAccount(t, accounts, a)
	}
}

// longNamesAreKept stores the longest that there are: in characters, in bytes, and
// in what folding makes of them.
func longNamesAreKept(t *testing.T, accounts auth.Accounts) {
	const most = auth.MaxNameLength
	var created []auth.Account
	for i, name := range []string{
		strings.Repeat("a", most), strings.Repeat("a", most-1), strings.Repeat("a", most-1) + "b", "b" + strings.Repeat("a", most-1),
		strings.Repeat("é", most), strings.Repeat("王", most), strings.Repeat("🦊", most), strings.Repeat("🦊", most-1) + "🐼",
		strings.Repeat("\U0001d518", most),                               // mathematical letters, which fold to plain ones
		strings.Repeat("ﷺ", 14) + "abc", strings.Repeat("ﷺ", 14) + "abd", // 18 characters of the key each
		strings.Repeat("o\u0301", most), // twice as many before they are composed
	} {
		a := named(name, i)
		if n := utf8.RuneCountInString(a.Key); n > 255 {
			t.Fatalf("the key of %+q has %d characters", name, n)
		}
		created = append(created, create(t, accounts, a))
	}
	for _, a := range created {
		wantAccount(t, accounts, a)
	}
}

// apart are keys that a careless comparison takes for one another: without regard
// to accents, width or kind of a letter, as a pattern or a number.
var apart = [][]string{
	{"a", "á", "à", "ä", "â", "å", "ā", "ą", "æ", "ae"}, {"o", "ø", "ö", "ó", "œ", "oe"}, {"ss", "s"}, {"ł", "l"}, {"đ", "d"}, {"þ", "th"},
	{"i", "ı", "í"}, {"n", "ñ"}, {"е", "e"}, {"а", "аа"}, {"か", "カ", "が"}, {"ا", "أ", "آ"}, {"王", "玉"},
	{"🦊", "🐼", "🦊🦊"}, {"👩", "👩🏽"}, {"a b", "ab", "a-b", "a_b", "a.b", "a+b"}, {"0", "00", "-0", "0.0", "+0", "0e0"},
	{"x%", "x_", "x*", "x?", "x", "xy", "x.", "^x", "x$"}, {"'", "''", `"`, `\`, `\\`, `\'`}, {"$ne", "$gt", "$where", "$"},
}

func keysAreApart(t *testing.T, accounts auth.Accounts) {
	var created []auth.Account
	taken := map[string]bool{}
	for i, group := range apart {
		for j, name := range group {
			created = append(created, create(t, accounts, named(name, 100*i+j)))
			taken[auth.Fold(name)] = true
		}
	}
	for _, a := range created {
		wantAccount(t, accounts, a)
	}
	for _, group := range apart {
		name := group[0]
		for _, other := range []string{name + "%", name + "*", name + "\u0301\u0301", "_" + name, name + "\\", "(" + name + ")"} {
			if taken[auth.Fold(other)] {
				continue
			}
			got, err := accounts.Find(bounded(t), other, auth.Fold(other))
			wantNobody(t, fmt.Sprintf("Find of %+q", other), got, err)
		}
	}
}

// strange are names, and ids, that nobody has. Some are no text at all.
var strange = []string{
	"\x00", "ada\x00", "\x00ada", "a\x00da", "\xff", "ada\xff", "ad\xc3", "\xed\xa0\x80", "\xc0\x80", "ada\xf5\x80\x80\x80",
	"\n", "ada\r\nX: y", "\x1b[2J", "\x7f", "\ufffe", "\U0010ffff", "\ufeff",
	`{"$ne":null}`, `{"$gt":""}`, "[]", "ObjectId()", "null", "undefined", "' OR '1'='1", `" OR ""="`, "ada' --", "1; DROP TABLE users",
	"%", "_", "*", "a%", "ad_", "$where", "\\", "\\0", "%00", "..", "/", strings.Repeat("a", 256), strings.Repeat("🦊", 1024), strings.Repeat("a", 100_000),
}

func strangeNamesAreNobodys(t *testing.T, accounts auth.Accounts) {
	ada := create(t, accounts, named("ada", 1))
	for _, name := range strange {
		got, err := accounts.Find(bounded(t), name, auth.Fold(name))
		wantNobody(t, fmt.Sprintf("Find of %+.40q", name), got, err)
	}
	wantAccount(t, accounts, ada)
}

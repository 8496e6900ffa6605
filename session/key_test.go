package session_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

type (
	color  string
	point  struct{ X, Y int }
	onVal  struct{ s string }
	onPtr  struct{ s string }
	broken struct{}
	holder struct {
		fmt.Stringer `json:"-"`
		Any          any
		Next         *holder `json:",omitempty"`
	}
)

func (v onVal) MarshalJSON() ([]byte, error)     { return json.Marshal("in " + v.s) }
func (v *onVal) UnmarshalJSON(b []byte) error    { return json.Unmarshal(b, &v.s) }
func (v *onPtr) MarshalJSON() ([]byte, error)    { return json.Marshal("on " + v.s) }
func (v *onPtr) UnmarshalJSON(b []byte) error    { return json.Unmarshal(b, &v.s) }
func (broken) MarshalJSON() ([]byte, error)      { return nil, errors.New("the secret value") }
func (*broken) UnmarshalJSON([]byte) error       { return errors.New("the secret value") }
func member[T any](key string) session.Key[T]    { return session.Key[T](key) }
func in(t *testing.T, do func(*session.Session)) { newSite(t, session.Options{}).visit(visit{do: do}) }

// roundTrip stores a value in one request and reads it in the next.
func roundTrip[T any](v T, stored string) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		k := member[T]("x")
		s := newSite(t, session.Options{})
		r := s.visit(visit{do: func(s *session.Session) { k.Set(s, v) }})
		if got := s.record(r.id()); !strings.HasSuffix(got, `,"x":`+stored+`}`) {
			t.Errorf("record is %s, want %s in it", got, stored)
		}
		var kept T
		if err := json.Unmarshal([]byte(stored), &kept); err != nil {
			t.Fatal(err)
		}
		again := s.visit(visit{cookie: r.cookie(), do: func(s *session.Session) {
			got, ok, err := k.Lookup(s)
			if err != nil || ok != (stored != "null") || !reflect.DeepEqual(got, kept) || !reflect.DeepEqual(k.Get(s), kept) {
				t.Errorf("got %#v, %v, %v; want %#v", got, ok, err, kept)
			}
			k.Set(s, v)
		}})
		want(t, "calls for the same value again", again.calls, "get")
	}
}

func TestKeyRoundTrip(t *testing.T) {
	t.Parallel()
	seven := 7
	for name, f := range map[string]func(*testing.T){
		"string":              roundTrip("é<\u2028>", `"é<`+"\u2028"+`>"`),
		"empty string":        roundTrip("", `""`),
		"named string":        roundTrip(color("red"), `"red"`),
		"int":                 roundTrip(math.MinInt, `-9223372036854775808`),
		"int8":                roundTrip[int8](-128, `-128`),
		"int16":               roundTrip[int16](-32768, `-32768`),
		"int32":               roundTrip[int32](math.MinInt32, `-2147483648`),
		"int64":               roundTrip[int64](1<<53+1, `9007199254740993`),
		"uint":                roundTrip[uint](7, `7`),
		"uint8":               roundTrip[uint8](255, `255`),
		"uint64":              roundTrip[uint64](math.MaxUint64, `18446744073709551615`),
		"float64":             roundTrip(1e21, `1e+21`),
		"float32":             roundTrip[float32](0.1, `0.1`),
		"true":                roundTrip(true, `true`),
		"false":               roundTrip(false, `false`),
		"struct":              roundTrip(point{1, 2}, `{"X":1,"Y":2}`),
		"pointer":             roundTrip(&seven, `7`),
		"nil pointer":         roundTrip[*int](nil, `null`),
		"pointer to a struct": roundTrip(&point{1, 2}, `{"X":1,"Y":2}`),
		"slice":               roundTrip([]string{"a", "b"}, `["a","b"]`),
		"nil slice":           roundTrip[[]int](nil, `null`),
		"empty slice":         roundTrip([]int{}, `[]`),
		"bytes":               roundTrip([]byte("\x00\xff"), `"AP8="`),
		"array":               roundTrip([2]bool{true}, `[true,false]`),
		"map":                 roundTrip(map[string]int{"b": 1, "a": 2}, `{"a":2,"b":1}`),
		"map by int":          roundTrip(map[int]string{10: "x", 9: "y"}, `{"10":"x","9":"y"}`),
		"raw":                 roundTrip(json.RawMessage(`{"n":1e400,"s":"\ud800"}`), `{"n":1e400,"s":"\ud800"}`),
		"json number":         roundTrip(json.Number("12345678901234567890"), `12345678901234567890`),
		"any":                 roundTrip[any](map[string]any{"a": []any{1.0, nil, "x"}}, `{"a":[1,null,"x"]}`),
		"any nil":             roundTrip[any](nil, `null`),
		"time":                roundTrip(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), `"2026-01-02T03:04:05.000000006Z"`),
		"duration":            roundTrip(time.Second, `1000000000`),
		"method on value":     roundTrip(onVal{"a"}, `"in a"`),
		"method on pointer":   roundTrip(onPtr{"a"}, `"on a"`),
		"embedded interface":  roundTrip(holder{Any: "x", Next: &holder{Any: 1.0}}, `{"Any":"x","Next":{"Any":1}}`),
		"header":              roundTrip(http.Header{"A": {"b"}}, `{"A":["b"]}`),
	} {
		t.Run(name, f)
	}
}

func TestKeyAbsentAndUndecodable(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	pair := s.put(anID, `{`+plainCookie+`,"null":null,"text":"secret value","number":1.5,"huge":1e400,"big":300,"half":{"X":1,"Y":"secret value"}}`)
	s.visit(visit{cookie: pair, do: func(s *session.Session) {
		absent(t, s, "none", 0)
		absent(t, s, "none", "")
		absent(t, s, "none", point{})
		absent[*point](t, s, "none", nil)
		absent(t, s, "null", 0)
		absent(t, s, "null", "")
		absent(t, s, "null", point{})
		absent[any](t, s, "null", nil)
		absent(t, s, "cookie", "")
		absent[any](t, s, "cookie", nil)
		absent[any](t, s, "sojourn", nil)
		undecodable(t, s, "text", 0, "int")
		undecodable(t, s, "text", int64(0), "int64")
		undecodable(t, s, "text", false, "bool")
		undecodable(t, s, "text", point{}, "session_test.point")
		undecodable(t, s, "number", 0, "int")
		undecodable(t, s, "number", "", "string")
		undecodable(t, s, "big", uint8(0), "uint8")
		undecodable(t, s, "half", point{}, "session_test.point")
		undecodable(t, s, "text", broken{}, "session_test.broken")
		undecodable[any](t, s, "huge", nil, "interface {}")
	}})
}

func absent[T comparable](t *testing.T, s *session.Session, key string, zero T) {
	t.Helper()
	if v, ok, err := member[T](key).Lookup(s); v != zero || ok || err != nil {
		t.Errorf("%s as %T: %v, %v, %v", key, zero, v, ok, err)
	}
}

func undecodable[T comparable](t *testing.T, s *session.Session, key string, zero T, typ string) {
	t.Helper()
	k := member[T](key)
	v, ok, err := k.Lookup(s)
	if v != zero || !ok || !errors.Is(err, session.ErrUndecodable) || k.Get(s) != zero {
		t.Fatalf("%s as %s: %v, %v, %v", key, typ, v, ok, err)
	}
	if text := err.Error(); !strings.Contains(text, `"`+key+`"`) || !strings.HasSuffix(text, typ) || strings.Contains(text, "secret") {
		t.Errorf("%s as %s: the error is %q", key, typ, text)
	}
	if _, err := k.Update(s, func(v T) T { t.Error("Update ran"); return v }); !errors.Is(err, session.ErrUndecodable) {
		t.Errorf("%s as %s: Update returned %v", key, typ, err)
	}
	if s.Err() != nil {
		t.Errorf("%s as %s: the session has failed: %v", key, typ, s.Err())
	}
}

// What cannot be encoded fails the commit, even after a value that can be, and
// leaves the old value.
func TestKeyUnencodable(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*session.Session){
		"channel":       func(s *session.Session) { member[chan int]("x").Set(s, make(chan int)) },
		"NaN":           func(s *session.Session) { member[float64]("x").Set(s, math.NaN()) },
		"any":           func(s *session.Session) { member[any]("x").Set(s, func() {}) },
		"MarshalJSON":   func(s *session.Session) { member[broken]("x").Set(s, broken{}) },
		"a good later":  func(s *session.Session) { anything.Set(s, func() {}); anything.Set(s, 5) },
		"another later": func(s *session.Session) { anything.Set(s, func() {}); count(s) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, session.Options{})
			const data = `{` + plainCookie + `,"x":"old"}`
			r := s.visit(visit{cookie: s.put(anID, data), do: func(s *session.Session) {
				set(s)
				err := s.Err()
				if !errors.Is(err, session.ErrUnencodable) || !strings.Contains(err.Error(), `"x"`) || strings.Contains(err.Error(), "secret") {
					t.Errorf("Err is %v", err)
				}
				if name == "channel" {
					want(t, "value", member[string]("x").Get(s), "old")
				}
				if err := s.Save(t.Context()); !errors.Is(err, session.ErrUnencodable) {
					t.Errorf("Save: %v", err)
				}
			}})
			want(t, "status", r.status, http.StatusInternalServerError)
			want(t, "record", s.record(anID), data)
		})
	}
	in(t, func(s *session.Session) {
		v, err := member[float64]("x").Update(s, func(float64) float64 { return math.Inf(1) })
		if v != 0 || !errors.Is(err, session.ErrUnencodable) || s.Err() != nil || len(s.Keys()) != 0 {
			t.Errorf("Update: %v, %v; Err %v, keys %q", v, err, s.Err(), s.Keys())
		}
	})
}

func TestKeyReserved(t *testing.T) {
	t.Parallel()
	in(t, func(s *session.Session) {
		for _, key := range []string{"cookie", "sojourn"} {
			k := member[string](key)
			for name, f := range map[string]func(){
				"Set":    func() { k.Set(s, "x") },
				"Delete": func() { k.Delete(s) },
				"Take":   func() { k.Take(s) },
				"Update": func() { _, _ = k.Update(s, func(string) string { return "x" }) },
			} {
				func() {
					defer func() {
						if v, ok := recover().(string); !ok || !strings.Contains(v, key) {
							t.Errorf("%s of %s panicked with %q", name, key, v)
						}
					}()
					f()
				}()
			}
		}
		want(t, "keys", len(s.Keys()), 0)
	})
}

func TestKeyOperations(t *testing.T) {
	t.Parallel()
	const before = `{` + plainCookie + `,"a":"1","views":1}`
	a := member[string]("a")
	bump := func(n int) int { return n + 1 }
	tests := []struct {
		name, calls, after string
		do                 func(*session.Session)
	}{
		{"read", "get", before, func(s *session.Session) { visits.Get(s); a.Get(s) }},
		{"set the same", "get", before, func(s *session.Session) { visits.Set(s, 1); a.Set(s, "1") }},
		{"set there and back", "get", before, func(s *session.Session) { visits.Set(s, 2); visits.Set(s, 1) }},
		{"new and deleted", "get", before, func(s *session.Session) { anything.Set(s, 1); anything.Delete(s) }},
		{"new and taken", "get", before, func(s *session.Session) { anything.Set(s, 1); anything.Take(s) }},
		{"delete what is not there", "get", before, func(s *session.Session) { anything.Delete(s) }},
		{"take what is not there", "get", before, func(s *session.Session) { want(t, "taken", anything.Take(s), nil) }},
		{"update to the same", "get", before, func(s *session.Session) { _, _ = visits.Update(s, func(n int) int { return n }) }},
		{"update that fails", "get", before, func(s *session.Session) { _, _ = member[int]("a").Update(s, bump) }},
		{"other type, same spelling", "get", before, func(s *session.Session) { anything.Delete(s); member[float64]("views").Set(s, 1) }},
		{"set", "get,save", `{` + plainCookie + `,"a":"2","views":1}`, func(s *session.Session) { a.Set(s, "2"); want(t, "a", a.Get(s), "2") }},
		{"delete", "get,save", `{` + plainCookie + `,"views":1}`, func(s *session.Session) { a.Delete(s); want(t, "a", a.Get(s), "") }},
		{"take", "get,save", `{` + plainCookie + `,"views":1}`, func(s *session.Session) { want(t, "a", a.Take(s), "1"); want(t, "a", a.Take(s), "") }},
		{"update", "get,save", `{` + plainCookie + `,"a":"1","views":3}`, func(s *session.Session) {
			_, _ = visits.Update(s, bump)
			n, err := visits.Update(s, bump)
			want(t, "n", n, 3)
			want(t, "err", err, nil)
		}},
		{"update of nothing", "get,save", `{` + plainCookie + `,"a":"1","views":1,"n":1}`, func(s *session.Session) { _, _ = member[int]("n").Update(s, bump) }},
		{"order counts", "get,save", `{` + plainCookie + `,"views":1,"a":"1"}`, func(s *session.Session) { a.Set(s, a.Take(s)) }},
		{"set to null", "get,save", `{` + plainCookie + `,"a":null,"views":1}`, func(s *session.Session) { member[*int]("a").Set(s, nil) }},
		{"clear and set", "get,save", `{` + plainCookie + `,"b":1}`, func(s *session.Session) { s.Clear(); member[int]("b").Set(s, 1) }},
		{"discard", "get", before, func(s *session.Session) { a.Set(s, "2"); s.Discard() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, session.Options{})
			r := s.visit(visit{cookie: s.put(anID, before), do: tt.do})
			want(t, "status", r.status, 200)
			want(t, "calls", r.calls, tt.calls)
			want(t, "record", s.record(anID), tt.after)
		})
	}
	s := newSite(t, session.Options{})
	r := s.visit(visit{do: func(s *session.Session) { count(s); visits.Delete(s); a.Take(s); s.Clear() }})
	want(t, "a new session with nothing left in it: calls", r.calls, "")
	want(t, "a new session with nothing left in it: cookie", r.setCookie, "")
}

// After the header a new session can no longer be stored, but what leaves it
// empty is no mistake.
func TestKeyAfterHeader(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do  func(*session.Session)
		err error
	}{
		"take nothing":   {func(s *session.Session) { anything.Take(s) }, nil},
		"delete nothing": {func(s *session.Session) { visits.Delete(s) }, nil},
		"clear nothing":  {(*session.Session).Clear, nil},
		"same settings":  {func(s *session.Session) { s.SetCookie(s.Cookie()) }, nil},
		"set":            {count, session.ErrHeaderSent},
		"other settings": {remember, session.ErrHeaderSent},
	} {
		s := newSite(t, session.Options{})
		r := s.visit(visit{handle: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			tt.do(session.From(r))
			if err := session.From(r).Err(); !errors.Is(err, tt.err) {
				t.Errorf("%s: Err is %v", name, err)
			}
		}})
		want(t, name+": calls", r.calls, "")
		want(t, name+": reported", strings.Contains(s.log.String(), "level=ERROR"), tt.err != nil)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	pair := s.put(anID, `{"2":1,`+plainCookie+`,"b":1,"\u0061":2,"b":3,"sojourn":{},"":0}`)
	s.visit(visit{cookie: pair, do: func(s *session.Session) {
		want(t, "keys", fmt.Sprintf("%q", s.Keys()), `["2" "b" "a" ""]`)
		member[int]("1").Set(s, 1)
		want(t, "keys", fmt.Sprintf("%q", s.Keys()), `["1" "2" "b" "a" ""]`)
	}})
}

// A value is encoded when it is set: what happens to it later does not count.
func TestKeySetCopies(t *testing.T) {
	t.Parallel()
	in(t, func(s *session.Session) {
		k := member[[]int]("x")
		v := []int{1}
		k.Set(s, v)
		v[0] = 2
		got := k.Get(s)
		want(t, "after a change of what was set", got[0], 1)
		got[0] = 3
		want(t, "after a change of what was got", k.Get(s)[0], 1)
	})
}

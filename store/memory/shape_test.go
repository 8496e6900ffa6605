package memory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/internal/pieces"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

const (
	plainSettings   = `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}`
	lastingSettings = `{"cookie":{"originalMaxAge":60000,"expires":"2026-11-27T01:02:03.456Z","httpOnly":true,"path":"/"}`
)

// FuzzShapes stores pairs of any data in every way, and demands each back byte
// for byte.
func FuzzShapes(f *testing.F) {
	for _, data := range []string{
		"", "\xff", "{}", `{"cookie":{`, `{"cookie":{}`, `{"cookie":{}}`, `{"cookie":{},`, `{"cookie":{},"`,
		plainSettings, plainSettings + "}", plainSettings + `,"user":"ada"}`, plainSettings + ` ,"user":"ada"}`,
		lastingSettings, lastingSettings + "}", lastingSettings + `,"user":"ada"}`,
		`{"cookie":{"expires":"2026-11-27T01:02:03.456Z"},"a":1}`,
		`{"cookie":{"expires":"2026-11-27T01:02:03.456Z`, // cut off
		`{"cookie":{"expires":"+012026-11-27T01:02:03.456Z"}}`,
		`{"cookie":{"expires":"}`,
		`{"cookie":{"expires":"2026-11-27T01:02:03.456}"}}`,
		`{"cookie":{"expires":"\"\"\"\"\"\"\"\"\"\"\"\"","expires":"2026-11-27T01:02:03.456Z"}}`,
		`{"cookie":{"path":"/}","domain":{"a":{}}},"a":1}`,
		plainSettings + strings.Repeat(" ", 2000),
		`{"cookie":{"path":"` + strings.Repeat("/", 600) + `"},"a":1}`,
	} {
		f.Add(data, plainSettings+`,"user":"ada"}`)
		f.Add(data, lastingSettings+`,"user":"ada"}`)
		f.Add(data, data+"x")
		f.Add(data, data)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		s := memory.New(memory.Options{MaxSessions: 100}) // one part
		expires := time.Now().Add(time.Hour)
		stored := map[string]string{}
		check := func() {
			t.Helper()
			for id, data := range stored {
				r, err := s.Get(t.Context(), id)
				if r.Data != data || err != nil {
					t.Fatalf("Get: %q, %v, want %q", r.Data, err, data)
				}
				p, err := s.GetPieces(t.Context(), id)
				if p.Whole() != r || err != nil {
					t.Fatalf("GetPieces: %+v, %v, want %+v", p, err, r)
				}
			}
			n := 0
			for r, err := range s.All(t.Context()) {
				if want, ok := stored[r.ID]; !ok || r.Data != want || err != nil {
					t.Fatalf("All: %q, %v, want %q", r.Data, err, want)
				}
				n++
			}
			if n != len(stored) {
				t.Fatalf("All yields %d records, want %d", n, len(stored))
			}
			if err := s.Verify(); err != nil {
				t.Fatal(err)
			}
		}

		versions := map[string]store.Version{}
		for id, data := range map[string]string{"a": first, "b": second, "c": first} {
			v, err := s.Create(t.Context(), id, data, expires)
			if err != nil {
				t.Fatal(err)
			}
			stored[id], versions[id] = data, v
		}
		check()
		if (versions["a"] == versions["b"]) != (first == second) || versions["a"] != versions["c"] {
			t.Fatal("equal versions of different data, or the other way round")
		}
		// A save on another version changes nothing.
		others := []store.Version{"", versions["a"] + "x", "\xff" + versions["a"], versions["a"][1:], versions["a"][:len(versions["a"])-1]}
		if first != second {
			others = append(others, versions["b"])
		}
		for _, v := range others {
			if _, err := s.Save(t.Context(), "a", second, expires, v); !errors.Is(err, store.ErrConflict) {
				t.Fatalf("Save on version %q, where %q is stored: %v", v, versions["a"], err)
			}
		}
		for _, base := range piecesOf(others) {
			for _, d := range drafts("a", second, expires) {
				if _, err := s.SavePieces(t.Context(), d, base); !errors.Is(err, store.ErrConflict) {
					t.Fatalf("SavePieces on %+v, where %q is stored: %v", base, versions["a"], err)
				}
			}
		}
		check()
		for _, save := range []struct{ id, data string }{{"a", second}, {"b", first}, {"b", second}, {"c", ""}, {"c", first}} {
			base, err := s.GetPieces(t.Context(), save.id)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range drafts(save.id, save.data, expires) {
				if base, err = s.SavePieces(t.Context(), d, base); err != nil {
					t.Fatal(err)
				}
				same(t, s, d, base)
			}
			if _, err := s.Save(t.Context(), save.id, stored[save.id], expires, base.Whole().Version); err != nil {
				t.Fatal(err)
			}
			check()
			v, err := s.Save(t.Context(), save.id, save.data, expires, versions[save.id])
			if err != nil {
				t.Fatal(err)
			}
			stored[save.id], versions[save.id] = save.data, v
			check()
		}
		for _, d := range drafts("d", first, expires) {
			kept, err := s.CreatePieces(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			same(t, s, d, kept)
			if _, err := s.CreatePieces(t.Context(), d); !errors.Is(err, store.ErrExists) {
				t.Fatalf("CreatePieces of a session that exists: %v", err)
			}
			if err := s.Delete(t.Context(), "d", kept.Whole().Version); err != nil {
				t.Fatal(err)
			}
			check()
		}
		for id, v := range versions {
			if err := s.Delete(t.Context(), id, v); err != nil {
				t.Fatal(err)
			}
			delete(stored, id)
			check()
		}
		if n := s.Shapes(); n != 0 {
			t.Fatalf("%d shapes are left", n)
		}
	})
}

// drafts returns a record in each two pieces that it can be divided into.
func drafts(id, data string, expires time.Time) (all []pieces.Draft) {
	for i := range data {
		if data[i] == ',' || i == len(data)/2 && i > 0 {
			all = append(all, pieces.Draft{Head: data[:i+1], Text: id + data[i+1:], IDLen: len(id), Expires: expires})
		}
	}
	return all
}

// same makes sure that a draft was stored, and is kept as the store has said.
func same(t *testing.T, s *memory.Store, d pieces.Draft, kept pieces.Record) {
	t.Helper()
	r, err := s.Get(t.Context(), d.ID())
	if err != nil || r.Data != d.Data() {
		t.Fatalf("Get: %q, %v, want %q", r.Data, err, d.Data())
	}
	if kept.Whole().Version != r.Version || kept.Head != "" && (kept.Head != d.Head || kept.Version != "") {
		t.Fatalf("head %q, kept as %+v, is %+v", d.Head, kept, r)
	}
}

// piecesOf returns versions as pieces, cut wherever they can be.
func piecesOf(versions []store.Version) (all []pieces.Record) {
	for _, v := range versions {
		all = append(all, pieces.Record{Version: v})
		for i := range min(len(v), 200) {
			all = append(all, pieces.Record{Head: string(v[:i+1]), Tail: string(v[i+1:])})
		}
	}
	return all
}

// Sessions take the space of what is their own.
func TestShapesAreShared(t *testing.T) {
	const n = 20_000
	for name, settings := range map[string]func(i int) string{
		"plain": func(int) string { return plainSettings },
		"lasting": func(i int) string {
			return strings.Replace(lastingSettings, "03.456", fmt.Sprintf("%02d.%03d", i/1000, i%1000), 1)
		},
	} {
		s := memory.New(memory.Options{MaxSessions: 2 * n})
		before := heap()
		own := 0
		for i, id := range ids[:n] {
			data := settings(i) + fmt.Sprintf(`,"user":"%d"}`, i)
			if _, err := s.Create(t.Context(), id, data, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			own += len(id) + len(data) - len(settings(i))
		}
		used := (heap() - before - own) / n
		t.Logf("%s: %d bytes a session beyond id and data", name, used)
		// 48 of the cell, 16 at most of the allocation's class, 24 of the instant
		if used > 90 {
			t.Errorf("%s: %d bytes a session beyond id and data", name, used)
		}
		if err := s.Verify(); err != nil {
			t.Error(err)
		}
	}
}

// Settings that each session has of its own take what they take, and do not
// keep those from being shared that come when there is room.
func TestShapesAreBounded(t *testing.T) {
	t.Parallel()
	const n = 3 * memory.MaxShapes
	s := memory.New(memory.Options{MaxSessions: 1000}) // one part
	expires := time.Now().Add(time.Hour)
	data := func(i int) string { return fmt.Sprintf(`{"cookie":{"path":"/%d"},"n":%d}`, i, i) }
	for i, id := range ids[:n] {
		if _, err := s.Create(t.Context(), id, data(i), expires); err != nil {
			t.Fatal(err)
		}
		if got, want := s.Shapes(), min(i+1, memory.MaxShapes); got != want {
			t.Fatalf("%d shapes with %d records, want %d", got, i+1, want)
		}
	}
	for i, id := range ids[:n] {
		if r, err := s.Get(t.Context(), id); r.Data != data(i) || err != nil {
			t.Fatalf("Get: %q, %v", r.Data, err)
		}
	}
	// One makes room, which another takes when it is saved.
	if err := s.Delete(t.Context(), ids[0], ""); err != nil {
		t.Fatal(err)
	}
	if got := s.Shapes(); got != memory.MaxShapes-1 {
		t.Errorf("%d shapes after one has gone", got)
	}
	if _, err := s.Save(t.Context(), ids[n-1], data(n-1), expires, store.Version(data(n-1))); err != nil {
		t.Fatal(err)
	}
	if got := s.Shapes(); got != memory.MaxShapes {
		t.Errorf("%d shapes after a save", got)
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	if err := s.Clear(t.Context()); err != nil || s.Shapes() != 0 {
		t.Errorf("Clear: %v, %d shapes are left", err, s.Shapes())
	}
}

// Neither an id nor data that is a piece of something large keeps that in
// memory, and nor does an id that All or UserSessions has yielded.
func TestStringsAreCopied(t *testing.T) {
	const size = 8 << 20
	for _, data := range []string{"", "{}", plainSettings + "}", lastingSettings, plainSettings + `,"a":1}`} {
		s := memory.New(memory.Options{})
		before := heap()
		large := strings.Repeat("x", size) + "id" + data
		v, err := s.Create(t.Context(), large[size:size+2], large[size+2:], time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		v = store.Version(strings.Clone(string(v)))
		if kept := heap() - before; kept > size/2 {
			t.Errorf("%q: Create keeps %d bytes", data, kept)
		}
		large = strings.Repeat("y", size) + "id" + data
		if _, err := s.Save(t.Context(), large[size:size+2], large[size+2:], time.Now().Add(time.Hour), v); err != nil {
			t.Fatal(err)
		}
		if kept := heap() - before; kept > size/2 {
			t.Errorf("%q: Save keeps %d bytes", data, kept)
		}
		large = strings.Repeat("z", size)
		if _, err := s.Create(t.Context(), "large", large, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		note(t, s, "ada", "large", time.Now().Add(time.Hour))
		var kept []string
		for r := range s.All(t.Context()) {
			kept = append(kept, r.ID)
		}
		for id := range s.UserSessions(t.Context(), "ada") {
			kept = append(kept, id)
		}
		if err := s.Delete(t.Context(), "large", ""); err != nil {
			t.Fatal(err)
		}
		if kept := heap() - before; kept > size/2 {
			t.Errorf("%q: ids keep %d bytes", data, kept)
		}
		if len(kept) != 3 {
			t.Errorf("%d ids, want 3", len(kept))
		}
	}
}

package redisstore_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// Ensure that foreign keys are neither listed nor counted nor cleared: those whose
// prefix the pattern would match unescaped, those of another type, and those whose
// rest is no id.
func TestForeignKeys(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, server.URL(0), redisstore.Options{Prefix: `a[b]*?\c:`})
	foreign := []string{"ab-x-c:id", `a[b]xx\c:id`, "abxx:id", `a[b]*?\c:`, `a[b]*?\c:not an id`, "users:ab:sessions:x"}
	for _, key := range foreign {
		server.Do("SET", key, "{}")
	}
	server.Do("LPUSH", `a[b]*?\c:list`, "1")
	created(t, s, "id")
	n := 0
	for r, err := range s.All(t.Context()) {
		if err != nil || r.ID != "id" {
			t.Errorf("All: %v, %v", r.ID, err)
		}
		n++
	}
	if count, err := s.Count(t.Context()); n != 1 || count != 1 || err != nil {
		t.Errorf("%d are listed, %d counted, %v", n, count, err)
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Error(err)
	}
	if left := server.Do("DBSIZE").(int64); left != int64(len(foreign)+1) {
		t.Errorf("%d keys are left, want %d", left, len(foreign)+1)
	}
}

// Ensure that a walk yields nothing twice while the server's table grows and
// shrinks, when SCAN itself repeats keys.
func TestAllWhileTableShrinks(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--enable-debug-command", "yes", "--hz", "500")
	s := open(t, server.URL(0), redisstore.Options{})
	fill := func(prefix string, n int) {
		server.Do("EVAL", `for i = 1, ARGV[2] do redis.call('SET', ARGV[1] .. i, '{"n":1}') end`, "0", prefix, fmt.Sprint(n))
	}
	drop := func(prefix string, from, to int) {
		server.Do("EVAL", `for i = ARGV[2], ARGV[3] do redis.call('DEL', ARGV[1] .. i) end`, "0", prefix, fmt.Sprint(from), fmt.Sprint(to))
	}
	for round := range 3 {
		server.Do("FLUSHALL")
		fill("sess:stays", 5000)
		fill("sess:goes", 120_000)
		seen, met := map[string]bool{}, 0
		for r, err := range s.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if seen[r.ID] {
				t.Fatalf("round %d: %s comes twice", round, r.ID)
			}
			seen[r.ID] = true
			if met++; met == 2000+3000*round {
				drop("sess:goes", 1, 120_000) // the table may become a sixteenth
				server.WaitFor("the table has shrunk", func() bool {
					return strings.Contains(server.Do("DEBUG", "HTSTATS", "0").(string), " table size: 8192\n")
				})
			}
		}
		for i := range 5000 {
			if !seen[fmt.Sprint("stays", i+1)] {
				t.Fatalf("round %d: a record is left out", round)
			}
		}
	}
}

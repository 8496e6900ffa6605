package conformance

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/interop/node"
)

// batch is how many instances go to Node at once.
const batch = 200

// oracle is the process that answers for Express.
type oracle struct {
	t     testing.TB
	p     *node.Program
	rules ruleset
}

func newOracle(t testing.TB) *oracle {
	t.Helper()
	p := node.Start(t, "testdata/express.js", "NO_DEPRECATION=express-session")
	if p.Ready != "express-session 1.19.0" {
		t.Fatalf("the package is %s", p.Ready)
	}
	return &oracle{t, p, newRules()}
}

// ask returns what Express makes of the instances.
func (o *oracle) ask(cases []*instance) []answer {
	o.t.Helper()
	if err := o.p.WriteLine(text(cases)); err != nil {
		o.t.Fatal(err)
	}
	var answers []answer
	if err := json.Unmarshal([]byte(o.p.ReadLine()), &answers); err != nil {
		o.t.Fatal(err)
	}
	if len(answers) != len(cases) {
		o.t.Fatalf("%d answers to %d cases", len(answers), len(cases))
	}
	return answers
}

// compare sends the instances to both sides and reports what differs.
func (o *oracle) compare(t *testing.T, all []*instance) {
	t.Helper()
	failures := 0
	for cases := range slices.Chunk(all, batch) {
		for _, c := range cases {
			for _, r := range c.Requests {
				o.rules.substitute(c, r)
			}
		}
		answers := o.ask(cases)
		for i, c := range cases {
			if a := answers[i]; a.Error != "" {
				t.Fatalf("%s: %s", c.Name, a.Error)
			}
			var diff string
			synctest.Test(t, func(t *testing.T) { diff = c.run(t, o.rules, answers[i].Steps) })
			if diff == "" {
				continue
			}
			if failures++; failures <= maxFailures {
				t.Errorf("%s\n%s", c.Name, diff)
			}
		}
	}
	if failures > 0 {
		t.Errorf("%d of %d differ", failures, len(all))
	}
}

// maxFailures is how many differences are shown.
const maxFailures = 10

// run makes our requests and returns the first difference.
func (c *instance) run(t *testing.T, rules ruleset, steps []step) string {
	s := newServer(t, c)
	before := c.Records
	s.put(before)
	for i, r := range c.Requests {
		time.Sleep(time.Duration(r.Wait) * time.Millisecond)
		if !c.Options.Lenient {
			before = live(before, steps[i].Now)
		}
		s.put(before)
		got := s.do(r.exchange, steps[i].Main.Sent)
		want := rules.predict(c, r, &steps[i], before)
		if diff := difference(got, want); diff != "" {
			diff = fmt.Sprintf("request %d, %s with %q:\n%sExpress: %s", i+1, text(r.exchange), steps[i].Main.Sent, diff, text(steps[i].Main.Ops))
			return diff
		}
		before = steps[i].Main.Records
	}
	return ""
}

// difference compares two outcomes, without what only Express tells.
func difference(got, want outcome) string {
	ops := slices.Clone(want.Ops)
	for i := range ops {
		ops[i].At, ops[i].Found, ops[i].void = 0, false, false
	}
	want.Ops = ops
	if got.equals(&want) && slices.Equal(got.Records, want.Records) {
		return ""
	}
	var b strings.Builder
	line := func(what string, got, want any) {
		if g, w := text(got), text(want); g != w {
			fmt.Fprintf(&b, "  %s\n    got  %s\n    want %s\n", what, g, w)
		}
	}
	line("status", got.Status, want.Status)
	line("Set-Cookie", got.SetCookie, want.SetCookie)
	line("Cache-Control", got.CacheControl, want.CacheControl)
	line("Vary", got.Vary, want.Vary)
	line("asked", got.Asked, want.Asked)
	line("calls", got.Ops, want.Ops)
	if got.equals(&want) { // or the records are bound to differ
		line("records", got.Records, want.Records)
	}
	return b.String()
}

// TestConformance sends the same requests to express-session and to package
// session. Each rule has to have said something that holds, and to be in the
// documentation.
func TestConformance(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join(node.Dir(), "..", "docs", "express.md"))
	if err != nil {
		t.Fatal(err)
	}
	o := newOracle(t)
	for _, rule := range o.rules {
		if rule.row == "" || !strings.Contains(string(document), rule.row) {
			t.Errorf("%s: docs/express.md does not say %q", rule.name, rule.row)
		}
	}
	n := 0
	for _, tt := range []struct {
		name  string
		cases []*instance
	}{
		{"pairs", pairs(t, 2)},
		{"cookies", cookies(t)},
		{"transports", transports(t)},
		{"paths", paths(t)},
		{"records", oddRecords(t)},
		{"failures", failures(t)},
		{"late", late(t)},
		{"ids", takenIDs(t)},
		{"beyond", beyond(t)},
		{"sequences", sequences(t, 1, 300)},
	} {
		if !t.Run(tt.name, func(t *testing.T) { o.compare(t, tt.cases) }) {
			continue
		}
		n += len(tt.cases)
	}
	t.Logf("%d cases", n)
	for _, rule := range o.rules {
		if rule.used == 0 && !t.Failed() && flag.Lookup("test.run").Value.String() == "" {
			t.Errorf("%s: the rule is never used", rule.name)
		}
	}
}

// TestDifferencesAreSeen: without its rule each of these differs, so the
// comparison can fail.
func TestDifferencesAreSeen(t *testing.T) {
	t.Parallel()
	o := newOracle(t)
	cookies := cookieStates(t, "")
	none := options{Secrets: []string{secret}}
	for what, c := range map[string]*instance{
		"Set-Cookie":    single(none, "valid", cookies["valid"], "destroy"),
		"status":        single(none, "none", cookies["none"], "reload"),
		"calls":         single(none, "valid", cookies["valid"], "regenerate"),
		"Cache-Control": single(none, "none", cookies["none"], "modify"),
	} {
		steps := o.ask([]*instance{c})[0].Steps
		var diff string
		synctest.Test(t, func(t *testing.T) { diff = c.run(t, nil, steps) })
		if !strings.Contains(diff, what) {
			t.Errorf("%s: the difference in %s is not seen: %q", c.Name, what, diff)
		}
	}
	// And a record that is another one by a byte.
	if got := difference(outcome{Records: []record{{"a", "x", 1}}}, outcome{Records: []record{{"a", "y", 1}}}); !strings.Contains(got, "records") {
		t.Errorf("the difference in records is not seen: %q", got)
	}
}

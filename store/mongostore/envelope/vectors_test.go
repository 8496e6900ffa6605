package envelope_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store/mongostore/envelope"
)

// vector is one that the packages of npm have made: see testdata/README.md.
type vector struct {
	By      string
	Options struct {
		Algorithm  string
		Salt       string
		Iterations int
	}
	Form     string
	Secret   string
	Session  string
	Envelope string
}

func vectors(t testing.TB) []vector {
	t.Helper()
	data, err := os.ReadFile("testdata/envelopes.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) < 60 {
		t.Fatalf("there are only %d vectors", len(list))
	}
	return list
}

func (v vector) codec(t testing.TB) *envelope.Codec {
	t.Helper()
	// Any would do, but the right one saves attempts, which take long with -race.
	format := envelope.Kruptein30
	if strings.HasPrefix(v.By, "kruptein 3.1.7") || strings.HasPrefix(v.By, "kruptein 3.2") || strings.HasPrefix(v.By, "kruptein 3.3") {
		format = envelope.Kruptein33
	}
	c, err := envelope.New(envelope.Options{
		Format:    format,
		Secrets:   []string{v.Secret},
		Algorithm: v.Options.Algorithm,
		WebSalt:   v.Options.Salt,
		WebRounds: v.Options.Iterations,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOpenWhatNodeSealed(t *testing.T) {
	t.Parallel()
	codecs := map[string]*envelope.Codec{} // one for equal options, as it keeps keys
	for i, v := range vectors(t) {
		options := fmt.Sprint(v.By, v.Options)
		if codecs[options] == nil {
			codecs[options] = v.codec(t)
		}
		c := codecs[options]
		t.Run(fmt.Sprint(i, " ", v.By), func(t *testing.T) {
			t.Parallel()
			session, err := c.Open(v.Envelope)
			if err != nil || session != v.Session {
				t.Errorf("opened %q, %v\nwant   %q", session, err, v.Session)
			}
		})
	}
}

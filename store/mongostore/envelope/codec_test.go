package envelope_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/store/mongostore/envelope"
)

const (
	secret  = "S3cret!! of two UPPER 42"
	session = `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"name":"é😀","half":"\ud800","spelled":"\\u2028\u2028"}`
)

var formats = []envelope.Format{
	envelope.Kruptein30, envelope.Kruptein31, envelope.Kruptein33, envelope.Kruptein34,
	envelope.ConnectMongo3, envelope.WebCrypto,
}

func newCodec(t testing.TB, o envelope.Options) *envelope.Codec {
	t.Helper()
	if o.Secrets == nil {
		o.Secrets = []string{secret}
	}
	c, err := envelope.New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.Hurry() // the numbers of rounds are tested with the vectors
	return c
}

func seal(t testing.TB, c *envelope.Codec, session string) string {
	t.Helper()
	text, err := c.Seal(session)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestSealAndOpen seals in every format with every option, and opens with a codec
// that knows the secret, but neither the format nor the rest.
func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		var options []envelope.Options
		for _, e := range []envelope.Encoding{envelope.DefaultEncoding, envelope.Base64, envelope.Base64URL, envelope.Hex} {
			if f == envelope.ConnectMongo3 && (e == envelope.Base64 || e == envelope.Base64URL) {
				continue
			}
			options = append(options, envelope.Options{Encoding: e}, envelope.Options{Encoding: e, Hash: "sha384", Object: true})
		}
		options = append(options, envelope.Options{Hash: "sha256"}, envelope.Options{Algorithm: "aes-192-gcm"}, envelope.Options{Algorithm: "aes-128-gcm"})
		for _, o := range options {
			o.Format = f
			t.Run(fmt.Sprintf("%v %s %s %d %t", f, o.Algorithm, o.Hash, o.Encoding, o.Object), func(t *testing.T) {
				t.Parallel()
				c := newCodec(t, o)
				first, second := seal(t, c, session), seal(t, c, session)
				if first == second {
					t.Error("two envelopes are equal")
				}
				reader := newCodec(t, envelope.Options{Secrets: []string{"the new one", secret}, Algorithm: o.Algorithm})
				for _, text := range []string{first, second} {
					if got, err := reader.Open(text); err != nil || got != session {
						t.Errorf("opened %q, %v\nwant   %q", got, err, session)
					}
				}
				stranger := newCodec(t, envelope.Options{Secrets: []string{"the new one"}, Algorithm: o.Algorithm})
				if _, err := stranger.Open(first); !errors.Is(err, envelope.ErrSecret) {
					t.Errorf("without the secret: %v, want ErrSecret", err)
				}
			})
		}
	}
}

func TestSealWithTheFirstSecret(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		both := newCodec(t, envelope.Options{Format: f, Secrets: []string{"the new one", secret}})
		fresh := newCodec(t, envelope.Options{Secrets: []string{"the new one"}})
		if got, err := fresh.Open(seal(t, both, session)); err != nil || got != session {
			t.Errorf("%v: %q, %v", f, got, err)
		}
	}
}

func TestOpenWhatIsNoEnvelope(t *testing.T) {
	t.Parallel()
	c := newCodec(t, envelope.Options{})
	good := seal(t, newCodec(t, envelope.Options{Format: envelope.ConnectMongo3}), session)
	for _, text := range []string{
		"", " ", `""`, `"`, "{}", session, "[]", "null", "MIIC", "308202", "===", "!!!!",
		"MIIBYQQIcndYYzlBPT0E", // the beginning of one without authentication
		strings.Replace(good, `{\"hmac\"`, `{ \"hmac\"`, 1),
		strings.Replace(good, `\"hmac\"`, `\"HMAC\"`, 1),
		strings.Replace(good, `\"type\":\"Buffer\"`, `\"type\":\"buffer\"`, 1),
		strings.Replace(good, `\"data\":[`, `\"data\":[256,`, 1),
		strings.Replace(good, `\"ct\":\"`, `\"ct\":\"XX`, 1),
	} {
		if got, err := c.Open(text); !errors.Is(err, envelope.ErrFormat) {
			t.Errorf("%.60q: %q, %v, want ErrFormat", text, got, err)
		}
	}
}

// TestOpenWhatWasChanged changes one character after the other: none of it opens, and
// the errors tell nothing of what was secret.
func TestOpenWhatWasChanged(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		c := newCodec(t, envelope.Options{Format: f})
		text := seal(t, c, session)
		check := func(changed string) {
			got, err := c.Open(changed)
			if !errors.Is(err, envelope.ErrSecret) && !errors.Is(err, envelope.ErrFormat) {
				t.Errorf("%v: opened %q: %q, %v", f, changed, got, err)
			} else if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "cookie") {
				t.Errorf("%v: the error tells too much: %v", f, err)
			}
		}
		for i := range len(text) {
			changed := []byte(text)
			if changed[i] = 'A'; text[i] == 'A' {
				changed[i] = 'B'
			}
			check(string(changed))
		}
		for _, changed := range []string{text[1:], text[:len(text)-1], text + "A", text + "AAAA", text + "\n"} {
			check(changed)
		}
		if got, err := c.Open(text); err != nil || got != session {
			t.Errorf("%v: unchanged: %q, %v", f, got, err)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		if text, err := newCodec(t, envelope.Options{Format: f}).Seal("{\"a\":\"\xff\"}"); err == nil {
			t.Errorf("%v sealed what is no UTF-8: %s", f, text)
		}
	}
	for _, f := range []envelope.Format{envelope.Kruptein30, envelope.Kruptein34, envelope.ConnectMongo3} {
		for _, bad := range []string{"", "null", `"text"`, "[1]", `{"a":}`, "{} {}"} {
			if text, err := newCodec(t, envelope.Options{Format: f, Object: true}).Seal(bad); err == nil {
				t.Errorf("%v sealed %s as an object: %s", f, bad, text)
			} else if bad == `{"a":}` && strings.Contains(err.Error(), bad) {
				t.Errorf("the error tells what was to be sealed: %v", err)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	const leak = "hunter2"
	for _, o := range []envelope.Options{
		{},
		{Secrets: []string{leak, ""}},
		{Secrets: []string{leak}, Format: -1},
		{Secrets: []string{leak}, Format: envelope.WebCrypto + 1},
		{Secrets: []string{leak}, Algorithm: "aes-256-cbc"},
		{Secrets: []string{leak}, Algorithm: "AES-256-GCM"},
		{Secrets: []string{leak}, Hash: "md5"},
		{Secrets: []string{leak}, Encoding: envelope.Hex + 1},
		{Secrets: []string{leak}, Format: envelope.ConnectMongo3, Encoding: envelope.Base64},
		{Secrets: []string{leak}, WebRounds: -1},
		{Secrets: []string{leak}, KeptKeys: -1},
	} {
		c, err := envelope.New(o)
		if c != nil || !errors.Is(err, envelope.ErrOptions) || strings.Contains(err.Error(), leak) {
			t.Errorf("%v: %v", o, err)
		}
	}
}

func TestOptionsAreCopied(t *testing.T) {
	t.Parallel()
	secrets := []string{secret}
	c := newCodec(t, envelope.Options{Secrets: secrets})
	secrets[0] = "another one"
	if got, err := newCodec(t, envelope.Options{}).Open(seal(t, c, session)); err != nil || got != session {
		t.Errorf("%q, %v", got, err)
	}
}

// TestConcurrentUse has readers and writers share a codec that keeps fewer keys
// than they need.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := newCodec(t, envelope.Options{KeptKeys: 2})
	var texts []string
	for _, f := range formats {
		texts = append(texts, seal(t, newCodec(t, envelope.Options{Format: f}), session))
	}
	start := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			<-start
			for _, text := range texts {
				if got, err := c.Open(text); err != nil || got != session {
					t.Errorf("%q, %v", got, err)
				}
				if got, err := c.Open(seal(t, c, session)); err != nil || got != session {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
	close(start)
	wg.Wait()
}

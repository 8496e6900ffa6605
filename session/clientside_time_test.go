package session_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/session"
)

// onClientTime runs a test for each format, with a clock of its own.
func onClientTime(t *testing.T, test func(*testing.T, session.Options)) {
	onClientSites(t, func(t *testing.T, o session.Options) {
		synctest.Test(t, func(t *testing.T) { test(t, o) })
	})
}

func use(s *session.Session) { word.Get(s) }

// Ensure that a session ends IdleTimeout after its last use, also where somebody
// has kept the cookie, and that a use sends it again only when that is due.
func TestClientSideIdleTimeout(t *testing.T) {
	t.Parallel()
	onClientTime(t, func(t *testing.T, o session.Options) {
		o.IdleTimeout = 20 * time.Hour
		b := newCarrier(t, o)
		b.do(func(s *session.Session) { word.Set(s, "kept") })
		kept := b.with()
		time.Sleep(time.Hour - time.Millisecond)
		want(t, "before a twentieth has gone by", b.do(use).setCookie, "")
		time.Sleep(time.Millisecond)
		want(t, "after it", b.do(use).setCookie != "", true)
		time.Sleep(19*time.Hour - time.Millisecond)
		want(t, "the first cookie, just before it ends", kept.read(word), "kept")
		time.Sleep(time.Millisecond)
		want(t, "and when it ends", kept.read(word), "")
		want(t, "the second cookie", b.read(word), "kept")
		time.Sleep(time.Hour)
		r := b.do(func(s *session.Session) { want(t, "new", s.IsNew(), true) })
		want(t, "cookie for a session that has expired", r.setCookie, "")
	})
}

func TestClientSideTouch(t *testing.T) {
	t.Parallel()
	onClientTime(t, func(t *testing.T, o session.Options) {
		o.IdleTimeout = time.Hour
		b := newCarrier(t, o)
		b.do(func(s *session.Session) { word.Set(s, "kept") })
		want(t, "Touch", b.do(func(s *session.Session) { s.Touch() }).setCookie != "", true)
		o.TouchAfter = -1
		b.serve(o)
		time.Sleep(time.Millisecond)
		want(t, "TouchAfter -1", b.do(use).setCookie != "", true)
		o.TouchAfter, o.Rolling = 0, true
		b.serve(o)
		want(t, "Rolling", b.do(use).setCookie != "", true)
		o.Rolling, o.Resave = false, true
		b.serve(o)
		want(t, "Resave", b.do(use).setCookie != "", true)
		o.Resave, o.Eager = false, true
		b.serve(o)
		time.Sleep(30 * time.Minute)
		want(t, "Eager", b.do(func(*session.Session) {}).setCookie != "", true)
		o.SaveUninitialized = true
		b.serve(o)
		b.jar = nil
		b.do(func(*session.Session) {})
		want(t, "SaveUninitialized", len(b.jar) > 0, true)
	})
}

func TestClientSideAbsoluteTimeout(t *testing.T) {
	t.Parallel()
	onClientTime(t, func(t *testing.T, o session.Options) {
		o.AbsoluteTimeout, o.IdleTimeout = 3*time.Hour, time.Hour
		b := newCarrier(t, o)
		b.do(func(s *session.Session) { word.Set(s, "kept") })
		for range 5 {
			time.Sleep(30 * time.Minute)
			b.do(func(s *session.Session) { want(t, "word", word.Get(s), "kept"); tally.Set(s, tally.Get(s)+1) })
			b.do(func(s *session.Session) { s.Renew(t.Context()) })
		}
		time.Sleep(30*time.Minute - time.Millisecond)
		want(t, "just before", b.read(word), "kept")
		time.Sleep(time.Millisecond)
		want(t, "in the end", b.read(word), "")
	})
}

// Ensure that "remember me" is remembered: settings of its own stay with a
// session, through Renew, and all others follow the options.
func TestClientSideOwnSettings(t *testing.T) {
	t.Parallel()
	onClientTime(t, func(t *testing.T, o session.Options) {
		o.IdleTimeout = time.Hour
		b := newCarrier(t, o)
		plain := newCarrier(t, o)
		plain.do(func(s *session.Session) { word.Set(s, "kept") })
		b.do(func(s *session.Session) {
			word.Set(s, "kept")
			c := s.Cookie()
			c.MaxAge = 30 * 24 * time.Hour
			s.SetCookie(c)
		})
		o.Cookie.Priority = cookie.PriorityHigh
		b.serve(o)
		plain.serve(o)
		time.Sleep(30 * time.Minute)
		r := plain.do(use)
		want(t, "follows the options", strings.Contains(strings.ToLower(r.setCookie), "priority=high"), true)
		want(t, "and ends with the browser", strings.Contains(strings.ToLower(r.setCookie), "expires="), false)
		time.Sleep(20 * 24 * time.Hour)
		r = b.do(func(s *session.Session) {
			want(t, "lifetime", s.Cookie().MaxAge, 30*24*time.Hour)
			want(t, "priority", s.Cookie().Priority, cookie.NoPriority)
		})
		lower := strings.ToLower(r.setCookie)
		ends := strings.ToLower(time.Now().Add(30 * 24 * time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
		want(t, "slides on", strings.Contains(lower, "expires="+ends) && !strings.Contains(lower, "priority"), true)
		b.do(func(s *session.Session) { s.Renew(t.Context()) })
		time.Sleep(29 * 24 * time.Hour)
		b.do(func(s *session.Session) {
			want(t, "lifetime after Renew", s.Cookie().MaxAge, 30*24*time.Hour)
			s.Regenerate(t.Context())
		})
		b.do(func(s *session.Session) { want(t, "after Regenerate", s.Cookie().MaxAge, 0) })
	})
}

// Ensure that without limits nothing is written that cookie-session would not
// write, and that its sessions get theirs when there are some.
func TestClientSideOfExpress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pair, err := cookie.NewPair("session", siteSecret)
		if err != nil {
			t.Fatal(err)
		}
		const data = `{"cookie":{"mine":1},"n":12345678901234567890,"word":"of Express","isNew":1,"toString":2,"gone":null}`
		o := session.Options{ClientSide: session.ClientSideSigned}
		b := newCarrier(t, o)
		set := func() { b.jar = signPair(t, data) }
		held := func() string {
			value, _ := pair.Find(b.jar)
			return cookie.DecodeDocument(value)
		}
		set()
		want(t, "word", b.read(word), "of Express")
		time.Sleep(100 * 24 * time.Hour)
		want(t, "cookie of a session without limits", b.do(use).setCookie, "")
		b.do(func(s *session.Session) { word.Set(s, "of Go"); session.Key[any]("gone").Delete(s) })
		want(t, "what Go writes", held(), `{"cookie":{"mine":1},"n":12345678901234567890,"word":"of Go","isNew":1,"toString":2}`)

		o.IdleTimeout, o.AbsoluteTimeout = time.Hour, 90*time.Minute
		b.serve(o)
		set()
		b.do(use)
		want(t, "stamped", held(), strings.TrimSuffix(data, "}")+`,"sojourn":{"created":955324800000,"expires":955328400000}}`)
		time.Sleep(59 * time.Minute)
		want(t, "within the limit", b.read(word), "of Express")
		time.Sleep(time.Minute)
		want(t, "after it", b.read(word), "")
		o.IdleTimeout, o.AbsoluteTimeout = 0, 0
		b.serve(o)
		want(t, "without limits again", b.read(word), "of Express")
		b.do(func(s *session.Session) { word.Set(s, "x") })
		want(t, "the instant is gone", strings.Contains(held(), "expires"), false)
	})
	for name, data := range map[string]string{"an array": `[1]`, "text": `"x"`, "nothing": `null`, "no JSON": `{`} {
		b := newCarrier(t, session.Options{ClientSide: session.ClientSideSigned})
		b.jar = signPair(t, data)
		b.do(func(s *session.Session) { want(t, name, s.IsNew(), true) })
		want(t, name+": log", strings.Contains(b.log.String(), "not a session"), true)
	}
}

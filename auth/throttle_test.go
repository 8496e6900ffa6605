package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
)

// throttled returns a site with rates as they are by default.
func throttled(t testing.TB, change func(*auth.Options)) *site {
	o := cheap(newInMemory())
	o.LoginRate = auth.Rate{}
	o.Secrets = []string{secret}
	if change != nil {
		change(&o)
	}
	return newHandler(t, o, nil)
}

// Ensure that five failures are free and that the waits after them grow up to
// their cap, for a name that nobody has as for one that somebody has.
func TestWaits(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Ada", "Nobody", strings.Repeat("long", 1000), "a\nb"} {
		synctest.Test(t, func(t *testing.T) {
			s := throttled(t, nil)
			s.visitor(t).from("198.51.100.1").register("Ada")
			v := s.visitor(t)
			for range 5 {
				if status, _ := v.login(name, "wrong password"); status != http.StatusUnauthorized {
					t.Fatalf("%.9q: one of the first five: %d", name, status)
				}
			}
			for _, seconds := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900} {
				for range 30 { // what is refused changes nothing
					status, after := v.login(name, password)
					if status != http.StatusTooManyRequests || after != fmt.Sprint(seconds) {
						t.Fatalf("%.9q: too soon: %d, Retry-After %q, want %d", name, status, after, seconds)
					}
				}
				time.Sleep(time.Duration(seconds)*time.Second - 1)
				if status, after := v.login(name, password); status != http.StatusTooManyRequests || after != "1" {
					t.Fatalf("%.9q: a nanosecond too soon: %d, Retry-After %q", name, status, after)
				}
				time.Sleep(time.Nanosecond)
				if status, _ := v.login(" "+name, "wrong password"); status != http.StatusUnauthorized {
					t.Fatalf("%.9q: after the wait: %d", name, status)
				}
			}
		})
	}
}

// Ensure that a success forgets the failures, and that time does at its pace.
func TestForgetting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, func(o *auth.Options) { o.Secrets = nil })
		v := s.visitor(t).register("Ada")
		for range 3 {
			if got := v.guess("Ada", 4); got != 4 {
				t.Errorf("%d of the first 4 guesses were looked at", got)
			}
			if !v.logsIn("Ada") {
				t.Error("after four failures the right password is refused")
			}
		}
		v.guess("Ada", 5)
		time.Sleep(time.Second)
		if !v.logsIn("Ada") || v.guess("Ada", 9) != 5 {
			t.Error("a success after a wait did not have everything forgotten")
		}
		time.Sleep(2 * 15 * time.Minute)
		if got := v.guess("Ada", 9); got != 2 {
			t.Errorf("two long waits later %d guesses are free", got)
		}
		time.Sleep(24 * time.Hour)
		if got := v.guess("Ada", 9); got != 5 {
			t.Errorf("a day later %d guesses are free", got)
		}
	})
}

// Ensure that an account is guessed at no more often than the rate says in the
// long run, whatever pauses are made.
func TestLongRun(t *testing.T) {
	t.Parallel()
	for _, pause := range []time.Duration{time.Minute, 15 * time.Minute, 75 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			s := throttled(t, func(o *auth.Options) { o.AddressRate.Free = auth.Unlimited })
			v := s.visitor(t)
			looked := 0
			for start := time.Now(); time.Since(start) < 24*time.Hour; time.Sleep(pause) {
				looked += v.guess("Ada", 5)
			}
			if most := 24*4 + 15; looked < 10 || looked > most {
				t.Errorf("with pauses of %v: %d guesses in a day, want at most %d", pause, looked, most)
			}
		})
	}
}

// Ensure that of guesses made all at once no more are looked at than of those
// made one by one: all of them are there before the first has failed.
func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		s.visitor(t).register("Ada")
		release := s.auth.HoldHashers(t.Context())
		var looked, refused atomic.Int32
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				switch status, after := s.visitor(t).login("Ada", "wrong password"); status {
				case http.StatusUnauthorized:
					looked.Add(1)
				case http.StatusTooManyRequests:
					refused.Add(1)
					if after != "1" {
						t.Errorf("Retry-After %q", after)
					}
				}
			})
		}
		synctest.Wait()
		if refused.Load() != 45 {
			t.Errorf("before the first has failed, %d of 50 are refused", refused.Load())
		}
		release()
		wg.Wait()
		if looked.Load() != 5 {
			t.Errorf("%d of 50 were looked at", looked.Load())
		}
	})
}

// Ensure that people behind one address can all log in at once: that they try
// is no reason to refuse any.
func TestManyBehindOneAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, func(o *auth.Options) { o.RegisterRate.Free = auth.Unlimited })
		const people = 40
		for i := range people {
			s.visitor(t).register(fmt.Sprint("user", i))
		}
		release := s.auth.HoldHashers(t.Context())
		var wg sync.WaitGroup
		for i := range people {
			wg.Go(func() {
				if !s.visitor(t).logsIn(fmt.Sprint("user", i)) {
					t.Error("somebody was refused")
				}
			})
		}
		synctest.Wait()
		release()
		wg.Wait()
	})
}

// Ensure that a try that came to nothing, because the server was busy or the
// client left, is no failure, and that it does not end a wait either.
func TestVoidTries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		s.visitor(t).register("Ada")
		v := s.visitor(t)
		release := s.auth.OccupyHashers(t.Context())
		for range 20 {
			if status, _ := v.login("Ada", "wrong password"); status != http.StatusServiceUnavailable {
				t.Fatalf("while all hashers are busy: %d", status)
			}
		}
		release()
		v.guess("Ada", 4)

		release = s.auth.HoldHashers(t.Context())
		leaving, leave := context.WithCancel(t.Context())
		r := requestWithoutSession(t).WithContext(leaving)
		done := make(chan error)
		go func() {
			_, err := s.auth.Login(httptest.NewRecorder(), r, auth.Credentials{Username: "Ada", Password: "guess"})
			done <- err
		}()
		synctest.Wait()
		if status, _ := v.login("Ada", password); status != http.StatusTooManyRequests {
			t.Errorf("while a fifth guess is under way: %d", status)
		}
		leave()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
		release()
		if got := v.guess("Ada", 3); got != 1 {
			t.Errorf("after somebody left, %d guesses are free", got)
		}
	})
}

// Ensure that guessing at many accounts from one address is slowed down, for a
// whole /64 at once, and that nobody else is.
func TestAddress(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ addr, same, other string }{
		{"192.0.2.1", "192.0.2.1", "192.0.2.2"},
		{"192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"},
		{"2001:db8::1", "2001:db8::ffff:1:2:3", "2001:db8:0:1::1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := throttled(t, nil)
			s.visitor(t).from("198.51.100.1").register("Ada")
			spray := s.visitor(t).from(test.addr)
			for i := range 20 {
				if spray.guess(fmt.Sprint("user", i), 1) != 1 {
					t.Fatalf("%s: try %d was refused", test.addr, i)
				}
			}
			if s.visitor(t).from(test.same).logsIn("Ada") {
				t.Errorf("%s is not taken for %s", test.same, test.addr)
			}
			if !s.visitor(t).from(test.other).logsIn("Ada") {
				t.Errorf("%s is taken for %s", test.other, test.addr)
			}
			looked := 0
			for i := range 30 * 6 {
				looked += spray.guess(fmt.Sprint("other", i), 1)
				time.Sleep(10 * time.Second)
			}
			if most := 30 + 6; looked < most/2 || looked > most {
				t.Errorf("%d guesses in half an hour, want at most %d", looked, most)
			}
		})
	}
}

// Ensure that an attacker cannot clear an address by logging in to an account
// of his own in between, while people who mistype and then get in leave no
// trace of it.
func TestAddressReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, func(o *auth.Options) { o.Secrets = nil })
		s.visitor(t).from("198.51.100.1").register("Eve").register("Bob")
		v := s.visitor(t)
		for range 10 {
			if v.guess("Bob", 3) != 3 || !v.logsIn("Bob") {
				t.Fatal("somebody who mistypes has to wait")
			}
		}
		for i := range 20 {
			if v.guess(fmt.Sprint("victim", i), 1) != 1 || i < 19 && !v.logsIn("Eve") {
				t.Fatalf("try %d was refused", i)
			}
		}
		if v.guess("another", 1) != 0 {
			t.Error("logging in to an account of one's own clears the address")
		}
	})
}

// Ensure that the address is taken from a proxy only if it is to be trusted.
func TestSpoofedAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, func(o *auth.Options) { o.TrustProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
		for peer, want := range map[string]int{"192.0.2.1": 20, "10.0.0.1": 60} {
			v := s.visitor(t).from(peer)
			looked := 0
			for i := range 60 {
				v.header.Set("X-Forwarded-For", fmt.Sprint("203.0.113.", i))
				looked += v.guess(fmt.Sprint(peer, i), 1)
			}
			if looked != want {
				t.Errorf("%s: %d of 60 guesses with other addresses were looked at, want %d", peer, looked, want)
			}
		}
		s.visitor(t).from("@").guess("Ada", 1) // has no address
	})
}

func TestRegisterRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		v := s.visitor(t)
		try := func(name, pass string) int {
			return v.post("/register", "username", name, "password", pass).Code
		}
		for i := range 20 {
			if status := try(fmt.Sprint("user", i), password); status != http.StatusOK {
				t.Fatalf("registration %d: %d", i, status)
			}
			try("user", "short") // costs nothing
		}
		if status := try("one more", password); status != http.StatusTooManyRequests {
			t.Errorf("registration 21: %d", status)
		}
		time.Sleep(time.Second)
		if status := try("user1", password); status != http.StatusConflict {
			t.Errorf("after the wait: %d", status)
		}
		if status := try("one more", password); status != http.StatusTooManyRequests {
			t.Errorf("after one that came to nothing: %d", status)
		}
		s.visitor(t).from("192.0.2.2").register("one more")
	})
}

// CVE-2016-4423: names without a bound were kept of failed logins. Here a name
// takes 16 bytes, however long it is, and is not folded if nobody can have it.
func TestCVE2016_4423_UnboundedUserName(t *testing.T) {
	t.Parallel()
	s := throttled(t, nil)
	r := requestWithoutSession(t)
	long := strings.Repeat("\u0130", 1<<20)
	for _, login := range []func(http.ResponseWriter, *http.Request, auth.Credentials) (auth.User, error){s.auth.Login, s.auth.Register} {
		_, err := login(httptest.NewRecorder(), r, auth.Credentials{Username: long, Password: password})
		if !errors.Is(err, auth.ErrCredentials) && !errors.Is(err, auth.ErrNameTooLong) {
			t.Errorf("%v", err)
		}
	}
}

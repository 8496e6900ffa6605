package app

import (
	"net/http"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

const (
	user   session.Key[string] = UserKey
	role   session.Key[string] = RoleKey
	number session.Key[int]    = NumberKey
)

func oursApp(c Config) *App {
	if c.Store == nil {
		c.Store = memory.New(memory.Options{})
	}
	c = c.withDefaults()
	m, err := session.New(session.Options{
		Secrets: []string{Secret}, Store: c.Store, IdleTimeout: c.Lifetime, TouchAfter: c.TouchAfter,
		StoreTimeout: time.Minute, // a slow machine is to be measured, not refused
	})
	if err != nil {
		panic(err) // the options are constants
	}
	h := &handlers{
		Pass: m.Handler(http.HandlerFunc(pass)),
		Read: m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user.Get(session.From(r)) != User {
				fail(w)
				return
			}
			w.Write(ok)
		})),
		ReadWrite: m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			number.Set(s, number.Get(s)+1)
			w.Write(ok)
		})),
		Create: m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			user.Set(s, User)
			role.Set(s, Role)
			number.Set(s, Number)
			w.Write(ok)
		})),
	}
	for route := timed; route < routes; route++ {
		h[route] = m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.asked(route, w, r, oursValues{session.From(r), r})
		}))
	}
	a := h.app()
	a.WithLifetime = func(d time.Duration) *App {
		c.Lifetime = d
		return oursApp(c)
	}
	return a
}

type oursValues struct {
	s *session.Session
	r *http.Request
}

func (v oursValues) get(key string) any {
	if key == UserKey || key == RoleKey {
		if text, found, _ := session.Key[string](key).Lookup(v.s); found {
			return text
		}
	} else if n, found, _ := session.Key[int](key).Lookup(v.s); found {
		return n
	}
	return nil
}

func (v oursValues) set(key string, n int) { session.Key[int](key).Set(v.s, n) }

func (v oursValues) add(key string, pause func(string)) error {
	v.get(key)
	pause(key)
	_, err := session.Key[int](key).Update(v.s, func(n int) int { return n + 1 })
	return err
}

func (v oursValues) save() error { return nil }

func (v oursValues) destroy() error { return v.s.Destroy(v.r.Context()) }

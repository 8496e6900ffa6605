package app

import (
	"net/http"
	"time"

	"github.com/go-session/session/v3"
)

// go-session sweeps every second, which can only be switched off.
func goSessionApp(c Config) *App {
	st := session.NewMemoryStore()
	if c.Sweep == 0 {
		st.Close()
	}
	return goSessionOn(st, c)
}

func goSessionOn(st session.ManagerStore, c Config) *App {
	c = c.withDefaults()
	m := session.NewManager(session.SetStore(st), session.SetSign([]byte(Secret)), session.SetExpired(int64(c.seconds())))
	h := &handlers{
		Pass: http.HandlerFunc(pass),
		Read: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := m.Start(r.Context(), w, r)
			if err != nil {
				fail(w)
				return
			}
			if name, _ := s.Get(UserKey); name != User {
				fail(w)
				return
			}
			w.Write(ok)
		}),
		ReadWrite: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := m.Start(r.Context(), w, r)
			if err != nil {
				fail(w)
				return
			}
			n, _ := s.Get(NumberKey)
			count, _ := n.(int)
			s.Set(NumberKey, count+1)
			if s.Save() != nil {
				fail(w)
				return
			}
			w.Write(ok)
		}),
		Create: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := m.Start(r.Context(), w, r)
			if err != nil {
				fail(w)
				return
			}
			s.Set(UserKey, User)
			s.Set(RoleKey, Role)
			s.Set(NumberKey, Number)
			if s.Save() != nil {
				fail(w)
				return
			}
			w.Write(ok)
		}),
	}
	for route := timed; route < routes; route++ {
		h[route] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := m.Start(r.Context(), w, r)
			if err != nil {
				fail(w)
				return
			}
			c.asked(route, w, r, goSessionValues{s, m, w, r})
		})
	}
	a := h.app()
	a.WithLifetime = func(d time.Duration) *App {
		c.Lifetime = d
		return goSessionOn(st, c)
	}
	return a
}

type goSessionValues struct {
	s session.Store
	m *session.Manager
	w http.ResponseWriter
	r *http.Request
}

func (v goSessionValues) get(key string) any {
	got, _ := v.s.Get(key)
	return got
}

func (v goSessionValues) set(key string, n int) { v.s.Set(key, n) }

func (v goSessionValues) add(key string, pause func(string)) error { return next(v, key, pause) }

func (v goSessionValues) save() error { return v.s.Save() }

func (v goSessionValues) destroy() error { return v.m.Destroy(v.r.Context(), v.w, v.r) }

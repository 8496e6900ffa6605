package app

import (
	"net/http"

	"github.com/gorilla/sessions"
	"github.com/quasoft/memstore"
)

const gorillaName = "session"

func gorillaMemory(c Config) *App { return gorillaOn(memstore.NewMemStore([]byte(Secret)), c) }

func gorillaCookie(c Config) *App { return gorillaOn(sessions.NewCookieStore([]byte(Secret)), c) }

func gorillaOn(st sessions.Store, c Config) *App {
	c = c.withDefaults()
	h := &handlers{
		Pass: http.HandlerFunc(pass),
		Read: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := st.Get(r, gorillaName)
			if name, _ := s.Values[UserKey].(string); err != nil || name != User {
				fail(w)
				return
			}
			w.Write(ok)
		}),
		ReadWrite: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := st.Get(r, gorillaName)
			n, _ := s.Values[NumberKey].(int)
			s.Values[NumberKey] = n + 1
			if err != nil || s.Save(r, w) != nil {
				fail(w)
				return
			}
			w.Write(ok)
		}),
		Create: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := st.Get(r, gorillaName)
			s.Values[UserKey] = User
			s.Values[RoleKey] = Role
			s.Values[NumberKey] = Number
			if err != nil || s.Save(r, w) != nil {
				fail(w)
				return
			}
			w.Write(ok)
		}),
	}
	for route := timed; route < routes; route++ {
		h[route] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := st.Get(r, gorillaName)
			if err != nil {
				fail(w)
				return
			}
			c.asked(route, w, r, gorillaValues{s, w, r})
		})
	}
	return h.app()
}

type gorillaValues struct {
	s *sessions.Session
	w http.ResponseWriter
	r *http.Request
}

func (v gorillaValues) get(key string) any { return v.s.Values[key] }

func (v gorillaValues) set(key string, n int) { v.s.Values[key] = n }

func (v gorillaValues) add(key string, pause func(string)) error { return next(v, key, pause) }

func (v gorillaValues) save() error { return v.s.Save(v.r, v.w) }

func (v gorillaValues) destroy() error {
	v.s.Options.MaxAge = -1
	return v.s.Save(v.r, v.w)
}

package app

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
)

func scsApp(c Config) *App { return scsOn(c, false) }

func scsIdleApp(c Config) *App { return scsOn(c, true) }

func scsOn(c Config, idle bool) *App {
	if c.SCSStore == nil {
		c.SCSStore = memstore.NewWithCleanupInterval(c.Sweep)
	}
	c = c.withDefaults()
	m := scs.New()
	m.Store = c.SCSStore
	m.Lifetime = c.Lifetime
	if idle {
		m.Lifetime, m.IdleTimeout = 24*time.Hour, c.Lifetime
	}
	h := &handlers{
		Pass: m.LoadAndSave(http.HandlerFunc(pass)),
		Read: m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if m.GetString(r.Context(), UserKey) != User {
				fail(w)
				return
			}
			w.Write(ok)
		})),
		ReadWrite: m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			m.Put(r.Context(), NumberKey, m.GetInt(r.Context(), NumberKey)+1)
			w.Write(ok)
		})),
		Create: m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			m.Put(r.Context(), UserKey, User)
			m.Put(r.Context(), RoleKey, Role)
			m.Put(r.Context(), NumberKey, Number)
			w.Write(ok)
		})),
	}
	for route := timed; route < routes; route++ {
		h[route] = m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.asked(route, w, r, scsValues{m, r.Context()})
		}))
	}
	a := h.app()
	a.WithLifetime = func(d time.Duration) *App {
		c.Lifetime = d
		return scsOn(c, idle)
	}
	return a
}

type scsValues struct {
	m   *scs.SessionManager
	ctx context.Context
}

func (v scsValues) get(key string) any { return v.m.Get(v.ctx, key) }

func (v scsValues) set(key string, n int) { v.m.Put(v.ctx, key, n) }

func (v scsValues) add(key string, pause func(string)) error { return next(v, key, pause) }

func (v scsValues) save() error { return nil }

func (v scsValues) destroy() error { return v.m.Destroy(v.ctx) }

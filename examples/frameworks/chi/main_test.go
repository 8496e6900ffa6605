package main

import (
	"io"
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/sojourn-dev/sojourn/examples/frameworks/internal/sitetest"
	"github.com/sojourn-dev/sojourn/session"
)

func TestChi(t *testing.T) {
	t.Parallel()
	sitetest.Run(t, true, func(site *sitetest.Site) (sitetest.Serve, func() error) {
		r := newRouter(site.Sessions)
		// Both writers of chi's are between the handler's and ours.
		routes := r.With(middleware.Compress(5), wrap)
		routes.Get("/redirect", func(w http.ResponseWriter, r *http.Request) {
			sitetest.Note.Set(session.From(r), "redirect")
			http.Redirect(w, r, "/note", http.StatusSeeOther)
		})
		routes.Get("/note", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, sitetest.Note.Get(session.From(r)))
		})
		routes.Get("/refuse", func(w http.ResponseWriter, r *http.Request) {
			sitetest.Note.Set(session.From(r), "refuse")
			http.Error(w, "no", http.StatusForbidden)
		})
		routes.Get("/panic", func(_ http.ResponseWriter, r *http.Request) {
			sitetest.Note.Set(session.From(r), "panic")
			panic("oops")
		})
		routes.Get("/stream", func(w http.ResponseWriter, r *http.Request) {
			sitetest.Note.Set(session.From(r), "stream")
			io.WriteString(w, "begin\n")
			w.(http.Flusher).Flush()
			<-site.Released
			io.WriteString(w, "end\n")
		})
		routes.Get("/hijack", func(w http.ResponseWriter, r *http.Request) {
			sitetest.Note.Set(session.From(r), "hijack")
			if err := sitetest.Hijack(w); err != nil {
				t.Error(err)
			}
		})
		routes.Get("/logout", func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "own", Value: "1"})
			if err := session.From(r).Destroy(r.Context()); err != nil {
				t.Error(err)
			}
		})
		return sitetest.HTTP(r)
	})
}

func wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(middleware.NewWrapResponseWriter(w, r.ProtoMajor), r)
	})
}

package main

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A session ends when it is not used, and also when it is used all the time.
func TestExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handler, err := newHandler(rand.Text(), 15*time.Minute, 8*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		var cookie *http.Cookie
		visit := func() string {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			if cookie != nil {
				r.AddCookie(cookie)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if set := w.Result().Cookies(); len(set) == 1 {
				cookie = set[0]
			}
			visit, _, _ := strings.Cut(w.Body.String(), ".")
			return visit
		}
		began := time.Now()
		for _, step := range []struct {
			after time.Duration
			want  string
		}{
			{0, "Visit 1"},
			{14 * time.Minute, "Visit 2"},
			{14 * time.Minute, "Visit 3"}, // 28 minutes after the first
			{15*time.Minute + time.Millisecond, "Visit 1"},
		} {
			time.Sleep(step.after)
			if got := visit(); got != step.want {
				t.Errorf("%s after the beginning: %s, want %s", time.Since(began), got, step.want)
			}
		}
		began = time.Now()
		for time.Since(began) < 8*time.Hour-10*time.Minute {
			time.Sleep(10 * time.Minute)
			if got := visit(); got == "Visit 1" && time.Since(began) < 8*time.Hour {
				t.Fatalf("%s: it has ended", time.Since(began))
			}
		}
		time.Sleep(10 * time.Minute)
		if got := visit(); got != "Visit 1" {
			t.Errorf("%s after the beginning: %s", time.Since(began), got)
		}
	})
}

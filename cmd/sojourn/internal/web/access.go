package web

import (
	"log/slog"
	"net/http"
	"time"
)

// logAccess logs each request at debug level: the path without the query,
// which may hold anything, and no header.
func (s *site) logAccess(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.log.Enabled(r.Context(), slog.LevelDebug) {
			next.ServeHTTP(w, r)
			return
		}
		start := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		path := r.URL.Path
		defer func() {
			s.log.DebugContext(r.Context(), "request", "method", r.Method, "path", path,
				"status", recorder.status, "took", time.Since(start))
		}()
		next.ServeHTTP(recorder, r)
	})
}

// statusRecorder remembers the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (w *statusRecorder) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

package session

import (
	"errors"
	"net/http"

	"github.com/sojourn-dev/sojourn/cookie"
)

// respondError is the default ErrorHandler: 500 for what only the application
// can mend, 503 for what may be over soon.
func respondError(w http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusServiceUnavailable
	switch {
	case errors.Is(err, cookie.ErrTooLarge), errors.Is(err, ErrInsecure), errors.Is(err, ErrUnencodable), errors.Is(err, ErrInvalidOptions):
		status = http.StatusInternalServerError
	default:
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}

// errorWriter keeps an ErrorHandler from answering as if all were well.
type errorWriter struct {
	http.ResponseWriter
	wrote bool
}

func (w *errorWriter) WriteHeader(status int) {
	if status >= 200 && !w.wrote {
		w.wrote = true
		if status < http.StatusInternalServerError {
			status = http.StatusServiceUnavailable
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *errorWriter) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	return w.ResponseWriter.Write(p)
}

// FlushError keeps http.ResponseController from sending a header past us.
func (w *errorWriter) FlushError() error {
	if !w.wrote {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w *errorWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

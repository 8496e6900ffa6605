package web

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/sojourn-dev/sojourn/auth"
)

// reply is what programs are told where people see a page.
type reply struct {
	Msg string `json:"msg"`
	// Data is what was asked for.
	Data any `json:"data,omitempty"`
	// Errors says what is wrong, by field.
	Errors map[string]string `json:"errors,omitempty"`
}

// prefersJSON reports whether the answer is for a program: it sent JSON, or
// asks for it before HTML.
func prefersJSON(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	asked := quality(accept, "application/json")
	if asked == 0 {
		return strings.Trim(accept, ", ") == "" && sentJSON(r)
	}
	return asked >= quality(accept, "text/html")
}

// sentJSON reports whether the body is declared to be JSON.
func sentJSON(r *http.Request) bool {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}

// quality returns how much a media type is wanted, from 0 to 1, by an Accept
// header that names it (RFC 9110, section 12.5.1). That wildcards match, too,
// says nothing about what somebody would rather have.
func quality(accept, mediaType string) float64 {
	best := 0.0
	for _, one := range strings.Split(accept, ",") {
		name, parameters, err := mime.ParseMediaType(one)
		if err != nil || name != mediaType {
			continue
		}
		q, err := strconv.ParseFloat(parameters["q"], 64)
		if err != nil || q != q { // "NaN" is a number to ParseFloat
			q = 1
		}
		best = max(best, q)
	}
	return min(best, 1)
}

// answerJSON answers a program.
func (s *site) answerJSON(w http.ResponseWriter, r *http.Request, status int, body reply) {
	text, err := json.Marshal(body)
	if err != nil {
		s.log.ErrorContext(r.Context(), "an answer was not encoded", "err", err)
		status, text = http.StatusInternalServerError, []byte(`{"msg":"Something went wrong on our side."}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // who has gone away needs no answer
}

// account is how a program sees a user.
func account(u auth.User) map[string]string {
	return map[string]string{"id": u.ID, "username": u.Username}
}

var errNotOneObject = errors.New("the body is not one JSON object")

// readJSON reads a body that is one JSON object. Members of other types than
// expected are an error, unknown ones are not.
func readJSON(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.Join(errNotOneObject, err)
	}
	return nil
}

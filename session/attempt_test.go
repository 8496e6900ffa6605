package session

import (
	"net/http/httptest"
	"testing"
)

// Ensure that a step which was chosen while there was nothing to move moves nothing,
// though somebody has called Renew or Regenerate since: it would empty the record
// under the old id, or change its settings.
func TestStepsStay(t *testing.T) {
	t.Parallel()
	m, err := New(Options{Secrets: []string{"4b1c5d0e9f8a7b6c5d4e3f2a1b0c9d8e"}})
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(m, &m.o.Cookie, httptest.NewRequest("GET", "/", nil))
	for _, move := range []movement{renew, regenerate} {
		s.toWork().move = move
		for _, step := range []step{saving, resaving, extending} {
			var a attempt
			if a.begin(s, step); a.move != stay {
				t.Errorf("step %d moves: %d", step, a.move)
			}
		}
		var a attempt
		if a.begin(s, relocating); a.move != move {
			t.Errorf("relocating: %d, want %d", a.move, move)
		}
	}
}

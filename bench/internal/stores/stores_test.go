package stores

import (
	"errors"
	"net/http"
	"testing"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
)

// What one application has stored another one finds, through a store of its own, on
// the engines for which the library has one, and on no other.
func TestOpen(t *testing.T) {
	t.Parallel()
	for _, name := range []string{engine.Redis, engine.Postgres} {
		e, err := engine.Start(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for _, library := range []string{app.Ours, SCS} {
			cookie := ""
			for _, route := range []app.Route{app.Create, app.Read} {
				l, _ := app.Find(library)
				var config app.Config
				end, err := Open(t.Context(), library, name, e.URL, &config)
				if err != nil {
					t.Fatal(err)
				}
				c := l.Build(config).Client()
				c.Send(route, cookie)
				if c.Status() != http.StatusOK {
					t.Errorf("%s on %s: %v: answer %d", library, name, route, c.Status())
				}
				cookie, _ = c.Cookie()
				if err := end(); err != nil {
					t.Error(err)
				}
			}
		}
	}
	for library, lacks := range map[string]string{SCS: engine.MySQL, "scs, idle": engine.MongoDB, "gin, memory": engine.Redis} {
		if _, err := Open(t.Context(), library, lacks, "", &app.Config{}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s on %s: %v", library, lacks, err)
		}
	}
}

package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Shopper is someone whose eyes a visitor of a demonstration may look through.
type Shopper struct {
	// ID is the user that events and profiles know.
	ID string
	// Name is what the pages show.
	Name string
}

// The cookies of the pages. All end with the browser's session but the answer about consent, which is kept for half a year.
const (
	sessionCookie = "vitrine_session"
	consentCookie = "vitrine_consent"
	shopperCookie = "vitrine_shopper"

	consentAge = 182 * 24 * 60 * 60
)

// visitor is who looks at a page. The zero value is nobody, of whom nothing is kept.
type visitor struct {
	// Session is random and stays for a visit; "" unless the visitor may be remembered.
	Session string
	// User is the chosen one of [Options.Shoppers].
	User string
	// Agent is the visitor's browser.
	Agent string
	// Consent is "yes", "no", or "" while there is no answer.
	Consent string
}

// Remembered reports whether events of the visitor may be kept.
func (v visitor) Remembered() bool { return v.Session != "" }

// visitorKey keys the visitor in a request's context.
type visitorKey struct{}

func visitorOf(ctx context.Context) visitor {
	v, _ := ctx.Value(visitorKey{}).(visitor)
	return v
}

// visitor tells who looks, and gives those who may be remembered a session. Without events nobody is.
func (s *site) visitor(w http.ResponseWriter, r *http.Request) visitor {
	if s.parts.Events == nil {
		return visitor{}
	}
	v := visitor{Agent: r.UserAgent()}
	if answer := cookie(r, consentCookie); answer == "yes" || answer == "no" {
		v.Consent = answer
	}
	if v.Consent == "no" || v.Consent == "" && (s.options.ConsentRequired || r.Header.Get("Sec-GPC") == "1") {
		return v
	}
	if v.Session = cookie(r, sessionCookie); !plainSession(v.Session) {
		var random [sessionBytes]byte
		_, _ = rand.Read(random[:]) // never fails, as crypto/rand says
		v.Session = hex.EncodeToString(random[:])
		s.setCookie(w, r, sessionCookie, v.Session, 0)
	}
	if id := cookie(r, shopperCookie); s.isShopper(id) {
		v.User = id
	}
	return v
}

const sessionBytes = 16

// plainSession reports whether a session is one that these pages make.
func plainSession(text string) bool {
	data, err := hex.DecodeString(text)
	return err == nil && len(data) == sessionBytes
}

func (s *site) isShopper(id string) bool {
	return slices.ContainsFunc(s.options.Shoppers, func(one Shopper) bool { return one.ID == id })
}

// choose takes the visitor's word on being remembered and, in a demonstration, whose eyes to look through; it leads back to the page before.
func (s *site) choose(w http.ResponseWriter, r *http.Request) {
	const formBytes = 4 << 10
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form is malformed or too large", http.StatusBadRequest)
		return
	}
	switch answer := r.PostForm.Get("consent"); answer {
	case "yes":
		s.setCookie(w, r, consentCookie, answer, consentAge)
	case "no":
		s.setCookie(w, r, consentCookie, answer, consentAge)
		s.setCookie(w, r, sessionCookie, "", -1)
		s.setCookie(w, r, shopperCookie, "", -1)
	}
	if r.PostForm.Has("shopper") {
		if id := r.PostForm.Get("shopper"); s.isShopper(id) {
			s.setCookie(w, r, shopperCookie, url.QueryEscape(id), 0)
		} else {
			s.setCookie(w, r, shopperCookie, "", -1)
		}
	}
	http.Redirect(w, r, before(r), http.StatusSeeOther) //nolint:gosec // before gives a path of this site
}

// before is the path of this site that the visitor comes from.
func before(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
}

// cookie returns the value of a cookie; "" when there is none.
func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	value, err := url.QueryUnescape(c.Value)
	if err != nil {
		return ""
	}
	return value
}

// setCookie sets a cookie that no script reads and no other site sends along; age is in seconds, 0 until the browser closes, -1 to delete it.
func (s *site) setCookie(w http.ResponseWriter, r *http.Request, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // secure wherever the connection is
		Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
}

package interop

// A person with a browser that has no screen: cookies, redirects, forms. What these tests need of usher's pages are the names of
// their fields and buttons, which are a contract.

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	formPattern     = regexp.MustCompile(`(?s)<form[^>]*\saction="([^"]*)"[^>]*>(.*?)</form>`)
	userCodePattern = regexp.MustCompile(`<input id="user_code"[^>]*\svalue="([^"]*)"`)
	hiddenPattern   = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

type person struct {
	username, password string
	allows             bool
	origin             string
	browser            *http.Client
}

// newPerson is alice in a browser of her own. She will answer the pages of this server.
func newPerson(t *testing.T) *person {
	jar, err := cookiejar.New(nil)
	check(t, err)
	origin := strings.TrimSuffix(issuer, "/oidc")
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	browser := &http.Client{Jar: jar, CheckRedirect: stay}
	return &person{"alice", "correct horse battery staple", true, origin, browser}
}

// goTo goes to an address and does what a person does there, until the browser leaves for the application: by a redirect, or by the
// form of response_mode=form_post, whose fields are told as the query.
func (p *person) goTo(t *testing.T, address string) *url.URL {
	t.Helper()
	target, page := p.walk(t, address)
	if target == nil {
		t.Fatalf("there is nothing that a person could answer:\n%s", page)
	}
	return target
}

// confirm goes to an address and does what a person does there, until there is nothing more to do.
func (p *person) confirm(t *testing.T, address string) {
	t.Helper()
	if target, _ := p.walk(t, address); target != nil {
		t.Fatalf("the browser left for %s", target)
	}
}

// walk tells where the browser left for, else the last page.
func (p *person) walk(t *testing.T, address string) (*url.URL, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	check(t, err)
	for range 20 {
		answer, err := p.browser.Do(request)
		check(t, err)
		body, err := io.ReadAll(answer.Body)
		check(t, err)
		check(t, answer.Body.Close())
		if answer.StatusCode == http.StatusSeeOther {
			target, err := answer.Location()
			check(t, err)
			if !strings.HasPrefix(target.String(), p.origin+"/") {
				return target, ""
			}
			request, err = http.NewRequest(http.MethodGet, target.String(), nil)
			check(t, err)
			continue
		}
		action, fields := formOf(string(body))
		target, err := answer.Request.URL.Parse(action)
		check(t, err)
		if !strings.HasPrefix(target.String(), p.origin+"/") {
			target.RawQuery = fields.Encode()
			return target, ""
		}
		if !p.answer(string(body), fields) {
			return nil, string(body)
		}
		request, err = http.NewRequest(http.MethodPost, target.String(), strings.NewReader(fields.Encode()))
		check(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", p.origin)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	t.Fatal("the pages never let go")
	return nil, ""
}

// answer fills in the page that is shown; whether there is something to answer.
func (p *person) answer(page string, fields url.Values) bool {
	switch {
	case strings.Contains(page, `id="sign-in"`):
		fields.Set("identifier", p.username)
		fields.Set("password", p.password)
	case strings.Contains(page, `id="allow"`) && p.allows:
		fields.Set("decision", "allow")
	case strings.Contains(page, `id="allow"`):
		fields.Set("decision", "deny")
	case userCodePattern.MatchString(page):
		fields.Set("user_code", html.UnescapeString(userCodePattern.FindStringSubmatch(page)[1]))
	default:
		return false
	}
	return true
}

// formOf is the first form of a page: where it goes and its hidden fields.
func formOf(page string) (string, url.Values) {
	fields := url.Values{}
	form := formPattern.FindStringSubmatch(page)
	if form == nil {
		return "", fields
	}
	for _, input := range hiddenPattern.FindAllStringSubmatch(form[2], -1) {
		fields.Add(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
	}
	return html.UnescapeString(form[1]), fields
}

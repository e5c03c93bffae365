package tokenizer

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Message is one turn of a conversation.
type Message struct{ Role, Content string }

// Chat is a conversation that is to be rendered.
type Chat struct {
	Messages []Message
	// AddGenerationPrompt asks for what the model's answer comes after.
	AddGenerationPrompt bool
	// ContinueFinal cuts the text after the last message's own, for the model to write on in it.
	ContinueFinal bool
	// Now is what templates take for today; time.Now if it is nil.
	Now func() time.Time
}

// Template writes conversations as a model expects them. It does not change and may be used from several goroutines.
type Template struct {
	source string
	body   body
	tokens map[string]string // bos_token and so on
}

// maxTemplate bounds the source of a template; the longest known ones are a tenth of it.
const maxTemplate = 1 << 19

// NewTemplate reads a chat template, in the part of Jinja that chat templates are written in and as the transformers
// library sets it up. What is not known here is an error that names it, when the template is read wherever that can be
// seen then. A template reads no file, starts nothing, and is ended when it does too much. The tokens are those that it
// may name: bos_token, for example.
func NewTemplate(source string, tokens map[string]string) (*Template, error) {
	if len(source) > maxTemplate {
		return nil, fmt.Errorf("chat template: it has %d bytes, and %d at most are read", len(source), maxTemplate)
	}
	b, err := parse(source)
	if err != nil {
		return nil, fmt.Errorf("chat template: %w", err)
	}
	t := &Template{source: source, body: b, tokens: tokens}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("chat template: %w", err)
	}
	return t, nil
}

// ChatML returns the template of models without one of their own, as Qwen2.5 writes conversations: <|im_start|>, the
// role, a line break, the text, <|im_end|>. Where no system message comes first it says what Qwen2.5's says.
func ChatML() *Template {
	t, err := NewTemplate(chatML, nil)
	if err != nil {
		panic("tokenizer: " + err.Error())
	}
	return t
}

const chatML = `
{%- if messages[0].role != 'system' -%}
	{{ '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n' }}
{%- endif -%}
{%- for message in messages -%}
	{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
	{{ '<|im_start|>assistant\n' }}
{%- endif -%}`

// Template returns the chat template of the model's folder. Without one it is ChatML if the vocabulary has its tokens,
// and an error if it has not.
func (t *Tokenizer) Template() (*Template, error) {
	if t.folder.template != "" {
		out, err := NewTemplate(t.folder.template, t.folder.named)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.folder.from, err)
		}
		return out, nil
	}
	for _, token := range []string{"<|im_start|>", "<|im_end|>"} {
		if id, ok := t.ID(token); !ok || !t.Special(id) {
			return nil, fmt.Errorf("the model has no chat template, nor %s for a common one; give one as %s", token, templateFile)
		}
	}
	return ChatML(), nil
}

// work is what a template may do, beside 64 times the length of its messages: a tenth of a second, some megabytes.
const work = 1 << 24

// Render writes a conversation. The error is the template's objection to it, or what in the template is not known here.
func (t *Template) Render(c Chat) (string, error) {
	if len(c.Messages) == 0 {
		return "", errors.New("chat template: there are no messages")
	}
	do := t.render
	if c.ContinueFinal {
		do = t.renderContinued
	}
	text, err := do(c)
	if err != nil {
		return "", fmt.Errorf("chat template: %w", err)
	}
	return text, nil
}

func (t *Template) render(c Chat) (string, error) {
	r := &render{work: work, now: time.Now}
	if c.Now != nil {
		r.now = c.Now
	}
	messages := make(list, len(c.Messages))
	for i, m := range c.Messages {
		d := newDict()
		d.set("role", m.Role)
		d.set("content", m.Content)
		messages[i] = d
		r.work += 64 * (len(m.Role) + len(m.Content))
	}
	globals := &scope{vars: functions}
	given := globals.inner()
	for name, token := range t.tokens {
		given.vars[name] = token
	}
	given.vars["messages"] = messages
	given.vars["add_generation_prompt"] = c.AddGenerationPrompt
	given.vars["tools"], given.vars["documents"] = nil, nil
	return t.body.text(r, given)
}

// continueTag marks the end of the last message's text, as in the transformers library; the blank shows whether the
// template trims the text.
const continueTag = "CONTINUE_FINAL_MESSAGE_TAG "

func (t *Template) renderContinued(c Chat) (string, error) {
	if c.AddGenerationPrompt {
		return "", errors.New("either the last message is continued or a prompt for another is added, not both")
	}
	if !strings.Contains(t.source, "content") {
		return "", errors.New("it does not use the content of messages, so that none can be continued")
	}
	last := len(c.Messages) - 1
	final := c.Messages[last]
	c.Messages = append(c.Messages[:last:last], Message{final.Role, final.Content + continueTag})
	text, err := t.render(c)
	if err != nil {
		return "", err
	}
	at := strings.LastIndex(text, strings.TrimSpace(continueTag))
	if at < 0 || !strings.Contains(text, strings.TrimFunc(final.Content, isPythonSpace)) {
		return "", errors.New("it does not write the last message out, so that it cannot be continued")
	}
	if strings.HasPrefix(text[at:], continueTag) {
		return text[:at], nil
	}
	return strings.TrimRightFunc(text[:at], isPythonSpace), nil
}

// check renders conversations and refuses a template that leaves out what was said: it expects messages of another
// form, lists of parts for example. What it raises itself is an objection to a conversation and no fault.
func (t *Template) check() error {
	messages := []Message{{"user", "first-words"}, {"assistant", "second-words"}, {"user", "third-words"}}
	for _, n := range []int{1, len(messages)} {
		text, err := t.render(Chat{Messages: messages[:n]})
		if _, objects := errors.AsType[raised](err); objects {
			continue
		}
		if err != nil {
			return err
		}
		from := 0
		for _, m := range messages[:n] {
			at := strings.Index(text[from:], m.Content)
			if at < 0 {
				return fmt.Errorf("it leaves out the text of messages or turns them around: %q", text)
			}
			from += at + len(m.Content)
		}
	}
	return nil
}

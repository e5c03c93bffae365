package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"regexp"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The colours of all plots. They are readable on a white page and on a black one.
var (
	ink    = color.RGBA{128, 128, 128, 255}
	blue   = color.RGBA{66, 133, 214, 255}
	grey   = color.RGBA{170, 170, 170, 255}
	orange = color.RGBA{224, 123, 57, 255}
)

const (
	plotWidth  = 6.4 * vg.Inch
	plotHeight = 2.9 * vg.Inch
)

// newPlot returns an empty plot in the page's hand.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Color, a.Label.TextStyle.Color, a.Tick.Color, a.Tick.Label.Color = ink, ink, ink, ink
		a.Label.TextStyle.Font.Size, a.Tick.Label.Font.Size = vg.Points(9), vg.Points(8)
		a.Label.TextStyle.Font.Variant, a.Tick.Label.Font.Variant = "Sans", "Sans"
	}
	p.Legend.TextStyle.Color = ink
	p.Legend.TextStyle.Font.Size = vg.Points(8)
	p.Legend.TextStyle.Font.Variant = "Sans"
	// Words stand right of their colour: the browser's letters may be wider than those that were measured.
	p.Legend.Top, p.Legend.Left, p.Legend.XOffs, p.Legend.Padding = true, true, vg.Points(6), vg.Points(2)
	return p
}

// fixedSize are the width and height that the SVG begins with: the page scales it by its view box instead.
var fixedSize = regexp.MustCompile(`(?s)^.*?<svg width="[^"]*" height="[^"]*"`)

// svg draws a plot as an element of the page.
func svg(p *plot.Plot, title string) (template.HTML, error) {
	c := vgsvg.New(plotWidth, plotHeight)
	p.Draw(plotArea(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", fmt.Errorf("draw %s: %w", title, err)
	}
	head := fmt.Sprintf(`<svg role="img" aria-label="%s"`, template.HTMLEscapeString(title))
	return template.HTML(fixedSize.ReplaceAllLiteralString(b.String(), head)), nil //nolint:gosec // made by the plot library of numbers and of our own words
}

// counts are the usual ticks of which those with words are whole numbers.
func counts(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i, t := range ticks {
		switch {
		case t.Label == "":
		case t.Value != math.Trunc(t.Value):
			ticks[i].Label = ""
		default:
			ticks[i].Label = strconv.FormatFloat(t.Value, 'f', 0, 64)
		}
	}
	return ticks
}

// bars draws counts by equal steps, the bars of several series side by side, with a line at a cut if there is one.
func bars(title, x, y string, width float64, cut *float64, series ...Series) (template.HTML, error) {
	p := newPlot(x, y)
	colours := []color.Color{grey, blue}
	if len(series) == 1 {
		colours = colours[1:]
	}
	highest := 0.0
	for i, s := range series {
		bins := make([]plotter.HistogramBin, len(s.Counts))
		for k, n := range s.Counts {
			part := width / float64(len(series))
			from := float64(k)*width + float64(i)*part
			if width == 1 {
				from -= 0.5 // whole numbers stand in the middle of their bars
			}
			bins[k] = plotter.HistogramBin{Min: from, Max: from + part, Weight: float64(n)}
			highest = max(highest, float64(n))
		}
		h := &plotter.Histogram{Bins: bins, Width: width, FillColor: colours[i]}
		h.LineStyle.Width = 0
		p.Add(h)
		if len(series) > 1 {
			p.Legend.Add(s.Name, h)
		}
	}
	if cut != nil {
		line, err := plotter.NewLine(plotter.XYs{{X: *cut, Y: 0}, {X: *cut, Y: highest}})
		if err != nil {
			return "", err
		}
		line.Color, line.Width = orange, vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(fmt.Sprintf("hard up to %.3g", *cut), line)
	}
	p.Y.Min, p.Y.Max = 0, 1.15*highest // room for the legend
	p.Y.Tick.Marker = plot.TickerFunc(counts)
	return svg(p, title)
}

// scatter draws points of two shares.
func scatter(title, x, y string, points []Point) (template.HTML, error) {
	p := newPlot(x, y)
	xys := make(plotter.XYs, len(points))
	for i, at := range points {
		xys[i].X, xys[i].Y = at.X, at.Y
	}
	s, err := plotter.NewScatter(xys)
	if err != nil {
		return "", err
	}
	s.Shape, s.Color, s.Radius = draw.CircleGlyph{}, color.NRGBA{66, 133, 214, 150}, vg.Points(2.5)
	p.Add(s)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	return svg(p, title)
}

package dev.leadline.bench.report.language;

import dev.leadline.bench.report.chart.SvgImage;
import dev.leadline.bench.title.Language;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Finished English text in the language of a report. The code writes English only; {@code
 * <language>.yaml} beside this class has each text with {@code {1}}, {@code {2}}, ... where values
 * stand, {@code {#1}} for a number only, and its translation. Numbers get the language's signs
 * where they are a whole text or a value in one. Text that the file lacks, such as a server's own
 * message, stays as it is. Thread-safe.
 */
public final class Translation {
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(?:\\d{1,3}(?:,\\d{3})+|\\d+)(?:\\.\\d+)?%?");
  private static final Pattern LIST = Pattern.compile("\\S+(, \\S+)* and \\S+");
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.?!]) +");
  private static final Pattern CLAUSE_END = Pattern.compile("(?<=;) +");
  private static final Pattern LIST_COMMA = Pattern.compile(", +");
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{(#?)(\\d)}");
  private static final Pattern SVG_TEXT =
      Pattern.compile("(?<=<text [^>]{1,99}>|aria-label=\")[^<\"]+");
  private static final Pattern LATEX_LABEL = Pattern.compile("(?<=\\\\scriptsize )[^}]+");

  /** Whatever is longer holds a server's own text; a form may take long to not match it. */
  private static final int MAX_LENGTH = 2_000;

  private static final char THIN_SPACE = '\u202f';

  private final Language language;
  private final Map<String, String> texts = new HashMap<>();
  private final List<Form> forms = new ArrayList<>();

  /**
   * A text with values in it.
   *
   * @param numbers of the groups of the pattern, in order
   * @param letters that are no value
   */
  private record Form(Pattern pattern, List<String> numbers, int letters, String translated) {}

  private Translation(Language language) {
    this.language = language;
  }

  /** Into this language; into English, everything stays as it is. */
  public static Translation to(Language language) {
    Translation translation = new Translation(language);
    if (language != Language.EN) {
      translation.read(language.code() + ".yaml");
    }
    return translation;
  }

  public Language language() {
    return language;
  }

  /** One text: a title, a cell, or one sentence or more. */
  public String text(String english) {
    if (language == Language.EN || english.isBlank()) {
      return english;
    }
    String known = texts.get(english);
    return known != null
        ? known
        : parts(SENTENCE_END, english, sentence -> phraseOr(sentence, this::clauses));
  }

  private String clauses(String sentence) {
    return parts(
        CLAUSE_END,
        sentence,
        clause -> {
          String phrase = phrase(clause);
          return phrase != null ? phrase : Objects.requireNonNullElse(enumeration(clause), clause);
        });
  }

  /** Parts with commas between them, such as the summary of a load; null if one is unknown. */
  private @Nullable String enumeration(String english) {
    List<String> parts = new ArrayList<>();
    for (String part : LIST_COMMA.split(english, -1)) {
      String phrase = phrase(part);
      if (phrase == null) {
        return null;
      }
      parts.add(phrase);
    }
    return String.join(", ", parts);
  }

  /** A value in a text: a number, a text of its own, or several of them. */
  private String value(String english) {
    String several = enumeration(english);
    return several != null
        ? several
        : phraseOr(
            english,
            any ->
                LIST_COMMA
                    .splitAsStream(any)
                    .map(part -> phraseOr(part, same -> same))
                    .collect(Collectors.joining(", ")));
  }

  private static String parts(Pattern end, String english, UnaryOperator<String> part) {
    return end.splitAsStream(english).map(part).collect(Collectors.joining(" "));
  }

  private String phraseOr(String english, UnaryOperator<String> otherwise) {
    String phrase = phrase(english);
    return phrase != null ? phrase : otherwise.apply(english);
  }

  /** The texts of a picture. */
  public String svg(String svg) {
    return replaced(SVG_TEXT, svg, text -> SvgImage.escape(text(SvgImage.unescape(text))));
  }

  /** The labels of a figure in LaTeX. */
  public String latexFigure(String figure) {
    return replaced(LATEX_LABEL, figure, label -> text(label).replace("" + THIN_SPACE, "\\,"));
  }

  private String replaced(Pattern pattern, String text, UnaryOperator<String> with) {
    return language == Language.EN
        ? text
        : pattern
            .matcher(text)
            .replaceAll(found -> Matcher.quoteReplacement(with.apply(found.group())));
  }

  /** A text of the file, with the mark at its end or without it. */
  private @Nullable String phrase(String english) {
    String phrase = unmarked(english);
    if (phrase == null && (english.endsWith(".") || english.endsWith(";"))) {
      String before = unmarked(english.substring(0, english.length() - 1));
      return before == null ? null : before + (english.endsWith(".") ? "." : " ;");
    }
    return phrase;
  }

  private @Nullable String unmarked(String english) {
    String known = texts.get(english);
    if (known != null) {
      return known;
    }
    if (NUMBER.matcher(english).matches()) {
      return english.replace(',', THIN_SPACE).replace('.', ',').replace("%", THIN_SPACE + "%");
    }
    if (LIST.matcher(english).matches()) {
      return english.replace(" and ", " et ");
    }
    if (english.length() > MAX_LENGTH) {
      return null;
    }
    for (Form form : forms) {
      Matcher matcher = form.pattern().matcher(english);
      if (matcher.matches()) {
        String translated = form.translated();
        for (int i = 0; i < form.numbers().size(); i++) {
          translated = translated.replace(form.numbers().get(i), value(matcher.group(i + 1)));
        }
        return translated;
      }
    }
    return null;
  }

  private void read(String name) {
    try (InputStream file =
        Objects.requireNonNull(Translation.class.getResourceAsStream(name), name)) {
      Map<?, ?> entries = new Yaml(new SafeConstructor(new LoaderOptions())).load(file);
      entries.forEach((english, translated) -> add(english.toString(), translated.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // What says most by itself comes first: "{1} to {2}" would also match a sentence.
    forms.sort(Comparator.comparingInt(Form::letters).reversed());
  }

  private void add(String english, String translated) {
    List<String> numbers = new ArrayList<>();
    StringBuilder pattern = new StringBuilder();
    int end = 0;
    Matcher placeholder = PLACEHOLDER.matcher(english);
    while (placeholder.find()) {
      pattern
          .append(Pattern.quote(english.substring(end, placeholder.start())))
          .append(placeholder.group(1).isEmpty() ? "([^;]+?)" : "([-+0-9.,]*[0-9]%?)");
      numbers.add("{" + placeholder.group(2) + "}");
      end = placeholder.end();
    }
    if (numbers.isEmpty()) {
      texts.put(english, translated);
    } else {
      pattern.append(Pattern.quote(english.substring(end)));
      forms.add(
          new Form(
              Pattern.compile(pattern.toString(), Pattern.DOTALL),
              numbers,
              PLACEHOLDER.matcher(english).replaceAll("").length(),
              translated));
    }
  }
}

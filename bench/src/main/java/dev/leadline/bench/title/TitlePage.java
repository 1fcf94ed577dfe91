package dev.leadline.bench.title;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands on the title page of HTML, LaTeX and PDF.
 *
 * @param title of the report; null: the report's own
 * @param course may be empty
 * @param team the authors; may be empty
 * @param date null: the day the run was made
 */
public record TitlePage(
    @Nullable String title,
    String course,
    List<String> team,
    @Nullable LocalDate date,
    Language language) {

  /** A report without {@code report.yaml}. */
  public static final TitlePage NONE = new TitlePage(null, "", List.of(), null, Language.EN);

  public TitlePage {
    team = List.copyOf(team);
  }

  /** Whether there is something to put on a page of its own. */
  public boolean isEmpty() {
    return title == null && course.isEmpty() && team.isEmpty();
  }

  /**
   * The date in words of the language, such as {@code 1 March 2026}; another day if it has none.
   */
  public String dateOr(LocalDate other) {
    LocalDate day = date == null ? other : date;
    return switch (language) {
      case EN -> DateTimeFormatter.ofPattern("d MMMM yyyy", language.locale()).format(day);
      case FR ->
          DateTimeFormatter.ofLocalizedDate(FormatStyle.LONG)
              .withLocale(language.locale())
              .format(day);
    };
  }
}

package dev.leadline.bench.title;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A language that HTML, LaTeX and PDF can be written in. */
public enum Language {
  EN(Locale.ENGLISH),
  FR(Locale.FRENCH);

  private final Locale locale;

  Language(Locale locale) {
    this.locale = locale;
  }

  /** As HTML and {@code report.yaml} name it. */
  public String code() {
    return locale.getLanguage();
  }

  public Locale locale() {
    return locale;
  }

  static Optional<Language> of(String code) {
    return Arrays.stream(values()).filter(language -> language.code().equals(code)).findFirst();
  }
}

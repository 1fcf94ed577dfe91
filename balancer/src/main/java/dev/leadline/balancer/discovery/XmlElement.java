package dev.leadline.balancer.discovery;

import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * An element of an XML document, without attributes and namespaces: answers of AWS have their facts
 * elsewhere.
 *
 * @param text that stands directly in it
 * @param children in their order; not changed once the document has been read
 */
record XmlElement(String name, StringBuilder text, List<XmlElement> children) {

  /** An instance has some 150 of them, and a page has 200 instances. */
  private static final int MOST_ELEMENTS = 100_000;

  private static final int MOST_DEPTH = 50;
  private static final XMLInputFactory FACTORY = factory();

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    return factory;
  }

  /**
   * Reads a document; its root.
   *
   * @throws XMLStreamException if it is none, or has more than {@value #MOST_ELEMENTS} elements, or
   *     more than {@value #MOST_DEPTH} in each other
   */
  static XmlElement read(InputStream document) throws XMLStreamException {
    XMLStreamReader in = FACTORY.createXMLStreamReader(document);
    XmlElement above = new XmlElement("", new StringBuilder(), new ArrayList<>());
    Deque<XmlElement> open = new ArrayDeque<>(List.of(above));
    int elements = 0;
    while (in.hasNext()) {
      switch (in.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          if (++elements > MOST_ELEMENTS || open.size() > MOST_DEPTH) {
            throw new XMLStreamException("too many elements");
          }
          XmlElement begun =
              new XmlElement(in.getLocalName(), new StringBuilder(0), new ArrayList<>(1));
          open.getLast().children.add(begun);
          open.addLast(begun);
        }
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
            open.getLast().text.append(in.getText());
        case XMLStreamConstants.END_ELEMENT -> open.removeLast();
        default -> {} // Comments and the like.
      }
    }
    in.close();
    return above.children.get(0);
  }

  /** All elements that these names lead to, from the children on. */
  List<XmlElement> all(String... path) {
    Stream<XmlElement> found = Stream.of(this);
    for (String step : path) {
      found = found.flatMap(it -> it.children.stream()).filter(it -> it.name.equals(step));
    }
    return found.toList();
  }

  /** The text of the first element that these names lead to; empty if there is none. */
  String text(String... path) {
    return all(path).stream().findFirst().map(it -> it.text.toString().strip()).orElse("");
  }
}

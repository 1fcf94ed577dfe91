package dev.leadline.balancer.config;

import dev.leadline.routing.option.OptionValues;
import dev.leadline.routing.option.ScalarType;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.builtin.Policies;
import java.util.ArrayList;
import java.util.List;

/** How a routing policy is written: its name, or a mapping with its name and its settings. */
public final class PolicyForm {

  private static final ScalarType<PolicyType> NAME =
      ScalarType.oneOf(Policies.all().stream().map(PolicyType::name).toList())
          .as(name -> Policies.named(name).orElseThrow(), PolicyType::name);

  private static final String ALLOWED = "a policy's name, or {name, and its settings}";

  private PolicyForm() {}

  /** The settings of a policy. */
  public static List<Shape.Field> settings(PolicyType type) {
    Fields listed = new Fields();
    var unused = type.factory().apply(listed);
    return listed.all();
  }

  static Form<RoutingPolicy> form() {
    List<Shape> shapes = new ArrayList<>();
    shapes.add(new Shape.Scalar(NAME));
    Policies.all().forEach(type -> shapes.add(mapping(type).shape()));
    return new Form<>(new Shape.AnyOf(ALLOWED, shapes), Policies.DEFAULT, PolicyForm::read);
  }

  private static RoutingPolicy read(YamlNode node) {
    if (node.isScalar()) {
      return node.scalar(NAME).factory().apply(OptionValues.DEFAULTS);
    }
    YamlNode name = node.entries(ALLOWED).get("name");
    if (name == null) {
      throw node.error("lacks the key 'name': it needs one of " + NAME.allowed());
    }
    return mapping(name.scalar(NAME)).read(node);
  }

  private static Form<RoutingPolicy> mapping(PolicyType type) {
    return Form.mapping(
        fields -> {
          ScalarType<String> only = ScalarType.oneOf(List.of(type.name()));
          fields.required("name", only, type.name(), "The policy: " + type.summary() + ".");
          return type.factory().apply(fields);
        });
  }
}

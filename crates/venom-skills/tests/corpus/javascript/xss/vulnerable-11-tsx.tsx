interface Props { html: string }

export const Preview = (props: Props) => (
  <div className="preview" dangerouslySetInnerHTML={{ __html: props.html }} /> // expect: xss
);
